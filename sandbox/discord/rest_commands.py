"""Routes that publish application commands, globally or to one server."""

from typing import Final

from sandbox.discord.access import guild_of
from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route
from sandbox.discord.command_rules import check_command, check_commands
from sandbox.discord.errors import refusal
from sandbox.discord.hub import Json


def _place(ask: Ask) -> int | None:
    """The server the path names, None for everywhere.

    Raises:
        Refusal: 50001 for somebody else's application, 10004 or 50001 for the server.
    """
    if ask.number("application_id") != ask.world.application_id:
        raise refusal(50001)
    return guild_of(ask).id if "guild_id" in ask.params else None


def _command(ask: Ask) -> tuple[int | None, Json]:
    guild_id = _place(ask)
    command = ask.world.commands.by_id(guild_id, ask.number("command_id"))
    if command is None:
        raise refusal(10063)
    return guild_id, command


def list_commands(ask: Ask) -> Answer:
    return Answer(200, ask.world.commands.listed(_place(ask)))


def overwrite_commands(ask: Ask) -> Answer:
    """Bulk overwrite."""
    guild_id = _place(ask)
    requests: list[Json] = [] if ask.body is None else ask.body
    check_commands(requests)
    ask.world.record("commands", "everywhere" if guild_id is None else str(guild_id), ask.world.bot.name)
    return Answer(200, ask.world.commands.overwrite(guild_id, requests))


def create_command(ask: Ask) -> Answer:
    guild_id = _place(ask)
    check_command(ask.fields())
    command, is_new = ask.world.commands.upsert(guild_id, ask.fields())
    return Answer(201 if is_new else 200, command)


def read_command(ask: Ask) -> Answer:
    return Answer(200, _command(ask)[1])


def update_command(ask: Ask) -> Answer:
    """Change the fields given; the name is one of them."""
    guild_id, command = _command(ask)
    changed = command | ask.fields()
    check_command(changed)
    return Answer(200, ask.world.commands.change(guild_id, command, changed))


def delete_command(ask: Ask) -> Answer:
    guild_id, command = _command(ask)
    ask.world.commands.remove(guild_id, command)
    return NO_CONTENT


def list_permissions(ask: Ask) -> Answer:
    """Who may use what, where the people of the server have decided it."""
    _place(ask)
    guild, world = guild_of(ask), ask.world
    command_ids = [one["id"] for book in (guild.id, None) for one in world.commands.listed(book)]
    return Answer(200, guild.integrations.json(world.application_id, guild.id, command_ids))


APPLICATION: Final = "/applications/{application_id}"
BOOKS: Final = (f"{APPLICATION}/commands", f"{APPLICATION}/guilds/{{guild_id}}/commands")
ROUTES: Final = (
    Route("GET", f"{BOOKS[1]}/permissions", list_permissions),
    *(
        route
        for book in BOOKS
        for route in (
            Route("GET", book, list_commands),
            Route("PUT", book, overwrite_commands),
            Route("POST", book, create_command),
            Route("GET", f"{book}/{{command_id}}", read_command),
            Route("PATCH", f"{book}/{{command_id}}", update_command),
            Route("DELETE", f"{book}/{{command_id}}", delete_command),
        )
    ),
)
