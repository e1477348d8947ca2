"""A bot with a server of its operator's."""

from bot.errors import NotAllowed
from cogs.texts import answers
from sandbox.discord.people import Member
from tests.acceptance.house import House
from tests.acceptance.moderation import private
from tests.acceptance.scene import Scene

REFUSED = answers.refusal(NotAllowed("operate"))


class Office:
    """A bot with a server of its operator's, who is the owner of its application."""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.scene = Scene(house, name)
        self.home = house.discord.world.guilds[int(house.bot.environment["OPERATOR_GUILD"])]
        self.channel = self.home.channels[0]
        self.operator = self.home.owner

    async def told(self, command: str, /, by: Member | None = None, **options: object) -> str:
        """What a command answers, for the caller alone."""
        call = await (by or self.operator).run_command(self.channel, f"characters-op {command}", **options)
        response = await call.first_response()
        assert response.ephemeral
        if response.kind == "deferred":
            return (await call.wait_for_followup()).text
        return await private(call)
