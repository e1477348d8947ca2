"""Why a rule about texts, or a text because of such a rule, is not taken.

UserFault
  RuleRefused   what of it is wrong, and what is accepted
  TextRefused   the rule that it hits
"""

from bot.errors import UserFault


class RuleRefused(UserFault):
    """`what` of a rule is not taken: its `name`, `text` or `pattern`, or one more of them (`count`)."""

    def __init__(self, what: str, *, found: str, accepted: str) -> None:
        super().__init__(what, found, accepted)
        self.what = what
        self.found = found
        self.accepted = accepted


class TextRefused(UserFault):
    """The member's own words hit the server's rule `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
