"""The registry of everything there is: accounts, servers, channels, commands, interactions, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.hub import Hub, SandboxClock, SnowflakeMint
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.calls import Call
    from sandbox.discord.channels import Channel, PrivateChannel
    from sandbox.discord.commands import CommandBook
    from sandbox.discord.files import AttachmentFile, StoredFile
    from sandbox.discord.guilds import Guild
    from sandbox.discord.messages import Message


class World(Hub):
    """State shared by the REST desk, the gateway and the people."""

    def __init__(self, clock: SandboxClock, secret: bytes, bot_name: str) -> None:
        super().__init__(clock, SnowflakeMint(clock), secret)
        self.bot = User(self.mint.next(), bot_name, is_bot=True)
        self.owner = User(self.mint.next(), "Operator")
        self.users: dict[int, User] = {user.id: user for user in (self.bot, self.owner)}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.private_channels: dict[int, PrivateChannel] = {}  # by the id of the other person
        self.files: dict[int, StoredFile] = {}
        self.calls: dict[str, Call] = {}  # by interaction token
        self.sent_nonces: dict[str, Message] = {}
        # Privileged intents, as switched on in the developer portal.
        self.content_is_readable = False
        self.members_are_readable = False
        # Of the application, as its owner filled it in there.
        self.flags = 0
        self.needs_code_grant = False
        self.terms_url: str | None = "https://sandbox.example/terms"
        self.privacy_url: str | None = "https://sandbox.example/privacy"
        self.commands: CommandBook

    @property
    def application_id(self) -> int:
        """The same number as the bot's account, as with every application made since 2016."""
        return self.bot.id

    def add_user(self, name: str) -> User:
        user = User(self.mint.next(), name)
        self.users[user.id] = user
        return user

    def shares_server(self, user: User) -> bool:
        """Whether the bot meets this person anywhere but in private."""
        return any(guild.has_bot and user.id in guild.members for guild in self.guilds.values())

    def store_file(self, file: AttachmentFile, folder: str, *, ephemeral: bool = False) -> StoredFile:
        """Put a file on the CDN."""
        from sandbox.discord.files import StoredFile  # noqa: PLC0415  # keeps this module below the entities

        stored = StoredFile(self.mint.next(), folder, file, is_ephemeral=ephemeral)
        self.files[stored.attachment_id] = stored
        return stored
