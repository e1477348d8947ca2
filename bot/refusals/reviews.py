"""Why a moderator's decision about an attempt is not taken.

UserFault
  ReviewOver   it waits for nobody any more: how it stands, and who decided
"""

from bot.errors import UserFault
from bot.model import Story


class ReviewOver(UserFault):
    """The attempt does not wait for a decision any more."""

    def __init__(self, story: Story) -> None:
        super().__init__(story.attempt.attempt_id, story.attempt.state)
        self.story = story
