"""What is asked of Discord in order to tell something: by stored ids alone, never by what a cache holds.

Every method raises what discord.py raises: `cogs.delivery.policy.TROUBLE`.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import discord
from discord.http import MultipartParameters, Route, handle_message_parameters

from bot.model import InteractionTicket, MessageRef
from cogs.pictures import Picture
from cogs.replies import Reply

READ_BACK = 50
"""Messages looked through for one of ours."""
REACTIONS_READ = 100
"""The most that Discord gives at once (Discord: Get Reactions)."""
PUBLIC_THREAD: Literal[11] = 11
PRIVATE_THREAD: Literal[12] = 12
FORUM = 15
"""Discord: Channel, Channel Types."""
REQUIRE_TAG = 1 << 4
"""Discord: Channel, Channel Flags."""
UNKNOWN_MESSAGE = 10008
THREAD_ARCHIVED = 50083
NO_READING_BACK = 160002
"""Discord: Opcodes and Status Codes. The last: no reply without the permission to read the history."""

NOBODY = discord.AllowedMentions.none()
# Written out, so that the path carries the sign that Discord's reference shows.
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW_UPS = "/webhooks/{webhook_id}/{webhook_token}"

ArchiveMinutes = Literal[60, 1440, 4320, 10080]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of ours as Discord holds it; `words` are its texts and the ids of its buttons.

    `interaction_id` is set on the answers to interactions.
    """

    message: MessageRef
    nonce: str | None
    words: str
    interaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class Forum:
    """A channel that holds posts; `tag_ids` are what a post has to be given there."""

    channel_id: int
    tag_ids: tuple[int, ...] = ()


class Calls:
    """The bot's own calls."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post(
        self,
        channel_id: int,
        view: discord.ui.LayoutView,
        *,
        nonce: str,
        ping: int | None = None,
        reply_to: MessageRef | None = None,
        picture: Picture | None = None,
    ) -> MessageRef | None:
        """Sends a message, un-archiving its thread if need be; of two with one nonce Discord keeps the first.

        `ping` is the one user whose mention notifies; `picture` is shown by a component. Answers with the
        message that is there now, which may be the first one, elsewhere; None says that it was sent before
        and has been deleted since.
        """
        options: dict[str, Any] = {"view": view, "nonce": nonce, "allowed_mentions": _only(ping)}
        if reply_to is not None:
            options["message_reference"] = _reference(reply_to)
        try:
            sent = await self._opened(channel_id, lambda: self._send(channel_id, options, picture))
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return None
        return _ref(sent)

    async def edit(
        self, message: MessageRef, view: discord.ui.LayoutView, picture: Picture | None = None
    ) -> None:
        """Redraws a message of ours, its picture with it; an edit notifies nobody."""
        partial = self._partial(message)

        async def edit() -> None:
            # A component may name only what comes along (Discord: Editing Message Attachments), and without
            # the mentions said again, an edit falls back to those of the message's own text.
            files = [] if picture is None else [picture.file()]
            await partial.edit(view=view, attachments=files, allowed_mentions=NOBODY)

        await self._opened(message.channel_id, edit)

    async def delete(self, message: MessageRef) -> None:
        """Deletes a message of ours, un-archiving its thread if need be; one that is gone is done."""

        async def delete() -> None:
            await self._client.http.delete_message(message.channel_id, message.message_id)

        try:
            await self._opened(message.channel_id, delete)
        except discord.NotFound:
            return

    async def own_messages(self, channel_id: int, *, after: int | None = None) -> list[Posted]:
        """The bot's own among the latest messages of a place, or the first ones since an id; newest first."""
        found = await self._client.http.logs_from(channel_id, READ_BACK, after=after)
        return [_posted(message) for message in found if int(message["author"]["id"]) == self._own_id]

    async def open_thread(self, card: MessageRef, name: str, minutes: ArchiveMinutes) -> None:
        """Starts a public thread on a message; its id is the message's."""
        await self._client.http.start_thread_with_message(
            card.channel_id, card.message_id, name=name, auto_archive_duration=minutes
        )

    async def open_private_thread(self, channel_id: int, name: str, minutes: ArchiveMinutes) -> int:
        """Starts a thread that only its members and those who manage threads see."""
        thread = await self._client.http.start_thread_without_message(
            channel_id, name=name, auto_archive_duration=minutes, type=PRIVATE_THREAD, invitable=False
        )
        return int(thread["id"])

    async def find_private_thread(self, guild_id: int, channel_id: int, name: str) -> int | None:
        """A private thread of that name which the bot itself started in the channel, not yet archived."""
        return await self._own_thread(guild_id, (PRIVATE_THREAD, channel_id), name)

    async def find_post(self, guild_id: int, forum: Forum, ending: str) -> int | None:
        """A post of ours in a forum whose title ends like this, not yet archived."""
        return await self._own_thread(guild_id, (PUBLIC_THREAD, forum.channel_id), ending)

    async def forum(self, channel_id: int) -> Forum | None:
        """The forum of that id, with the tag that its posts need; None for another kind of channel."""
        channel: Mapping[str, Any] = await self._client.http.get_channel(channel_id)
        if channel["type"] != FORUM:
            return None
        needs_tag = channel.get("flags", 0) & REQUIRE_TAG
        free = [int(tag["id"]) for tag in channel.get("available_tags", ()) if not tag.get("moderated")]
        return Forum(channel_id, tuple(free[:1]) if needs_tag else ())

    async def open_post(
        self,
        forum: Forum,
        name: str,
        view: discord.ui.LayoutView,
        *,
        minutes: ArchiveMinutes,
        ping: int | None,
        picture: Picture | None,
    ) -> MessageRef:
        """Begins a post with a message. Discord knows no nonce there: look whether it is there before."""
        about: dict[str, Any] = {"name": name, "auto_archive_duration": minutes}
        if forum.tag_ids:
            about["applied_tags"] = [str(tag_id) for tag_id in forum.tag_ids]
        with handle_message_parameters(
            view=view,
            file=discord.utils.MISSING if picture is None else picture.file(),
            allowed_mentions=_only(ping),
            channel_payload=about,
        ) as parameters:
            fields = _of_post(parameters)
            post = await self._client.http.start_thread_in_forum(forum.channel_id, params=fields)
        return MessageRef(int(post["id"]), int(post["message"]["id"]))

    async def _own_thread(self, guild_id: int, kind_and_parent: tuple[int, int], ending: str) -> int | None:
        active = await self._client.http.get_active_threads(guild_id)
        for thread in active["threads"]:
            found = (thread["type"], int(thread["parent_id"]))
            is_ours = found == kind_and_parent and int(thread["owner_id"]) == self._own_id
            if is_ours and thread["name"].endswith(ending):
                return int(thread["id"])
        return None

    async def add_member(self, thread_id: int, user_id: int) -> None:
        await self._client.http.add_user_to_thread(thread_id, user_id)

    async def open_direct_messages(self, user_id: int) -> int:
        """The channel of the direct messages with a user; the same one each time."""
        channel = await self._client.http.start_private_message(user_id)
        return int(channel["id"])

    async def others_reactions(self, message: MessageRef) -> list[discord.PartialEmoji]:
        """The emoji with which anybody but the bot has reacted to a message."""
        found = await self._client.http.get_message(message.channel_id, message.message_id)
        return [
            discord.PartialEmoji.from_dict(reaction["emoji"])
            for reaction in found.get("reactions", ())
            if reaction["count"] > int(reaction["me"])
        ]

    async def who_reacted(self, message: MessageRef, emoji: str) -> list[int]:
        """The people among the first hundred who reacted so, without the bots."""
        found = await self._client.http.get_reaction_users(
            message.channel_id, message.message_id, emoji, REACTIONS_READ
        )
        return [int(user["id"]) for user in found if not user.get("bot")]

    async def add_reaction(self, message: MessageRef, emoji: str) -> None:
        await self._partial(message).add_reaction(emoji)

    async def whisper(self, ticket: InteractionTicket, reply: Reply) -> None:
        """Answers an interaction once more, for its caller alone; works for 15 minutes."""
        with handle_message_parameters(
            view=reply.view,
            files=reply.files or discord.utils.MISSING,
            flags=discord.MessageFlags(ephemeral=True),
            allowed_mentions=NOBODY,
        ) as parameters:
            route = _ticket_route("POST", FOLLOW_UPS, ticket)
            if parameters.files:
                await self._client.http.request(route, files=parameters.files, form=parameters.multipart)
            else:
                await self._client.http.request(route, json=parameters.payload)

    async def first_response(self, ticket: InteractionTicket) -> Posted:
        """The message an interaction was answered with; works for 15 minutes."""
        return _posted(await self._client.http.request(_ticket_route("GET", ORIGINAL, ticket)))

    @property
    def _own_id(self) -> int:
        user = self._client.user
        return user.id if user else 0

    def _partial(self, message: MessageRef) -> discord.PartialMessage:
        place = self._client.get_partial_messageable(message.channel_id)
        return place.get_partial_message(message.message_id)

    async def _send(
        self, channel_id: int, options: dict[str, Any], picture: Picture | None
    ) -> Mapping[str, Any]:
        """Sends what `handle_message_parameters` takes; without the mark of a reply where that is refused."""
        try:
            return await self._send_exactly(channel_id, options, picture)
        except discord.HTTPException as error:
            if error.code != NO_READING_BACK or "message_reference" not in options:
                raise
        rest = {name: value for name, value in options.items() if name != "message_reference"}
        return await self._send_exactly(channel_id, rest, picture)

    async def _send_exactly(
        self, channel_id: int, options: dict[str, Any], picture: Picture | None
    ) -> Mapping[str, Any]:
        # Not by `Messageable.send`: it believes every answer to be a message of the channel it asked.
        file = discord.utils.MISSING if picture is None else picture.file()
        with handle_message_parameters(**options, file=file) as parameters:
            return await self._client.http.send_message(channel_id, params=parameters)

    async def _opened(self, channel_id: int, act: Callable[[], Awaitable[T]]) -> T:
        """Does something in a channel which may be an archived thread; un-archives it, once."""
        try:
            return await act()
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
        await self._client.http.edit_channel(channel_id, archived=False)
        return await act()


def _only(user_id: int | None) -> discord.AllowedMentions:
    """Notifies one user and nobody else, whatever the text mentions."""
    if user_id is None:
        return NOBODY
    user = discord.Object(user_id)
    return discord.AllowedMentions(everyone=False, roles=False, users=[user], replied_user=False)


def _of_post(parameters: MultipartParameters) -> MultipartParameters:
    """The same as a post takes it (Discord: Start Thread in Forum); discord.py 2.7 writes it for messages."""
    if not parameters.multipart:
        return parameters._replace(payload=_with_post_message(parameters.payload or {}))
    fields, *files = parameters.multipart
    written = json.dumps(_with_post_message(json.loads(fields["value"])))
    return parameters._replace(multipart=[fields | {"value": written}, *files])


def _with_post_message(payload: dict[str, Any]) -> dict[str, Any]:
    message = {name: value for name, value in payload["message"].items() if name != "tts"}
    mentions, attachments = message["allowed_mentions"], message.get("attachments", ())
    message["allowed_mentions"] = mentions | {"users": list(map(str, mentions.get("users", ())))}
    if attachments:
        message["attachments"] = [one | {"id": str(one["id"])} for one in attachments]
    return payload | {"message": message}


def _ticket_route(method: str, path: str, ticket: InteractionTicket) -> Route:
    return Route(method, path, webhook_id=ticket.application_id, webhook_token=ticket.token)


def _ref(message: Mapping[str, Any]) -> MessageRef:
    return MessageRef(int(message["channel_id"]), int(message["id"]))


def _reference(message: MessageRef) -> dict[str, Any]:
    """What makes a reply; one to a message that is gone becomes an ordinary message."""
    return {
        "message_id": message.message_id,
        "channel_id": message.channel_id,
        "fail_if_not_exists": False,
    }


def _posted(message: Mapping[str, Any]) -> Posted:
    nonce, interaction = message.get("nonce"), message.get("interaction_metadata")
    return Posted(
        message=_ref(message),
        nonce=None if nonce is None else str(nonce),
        words="\n".join(_words(message.get("components", ()))),
        interaction_id=int(interaction["id"]) if interaction else None,
    )


def _words(component: Any) -> Iterator[str]:
    """All texts and button ids in a tree of components, in order."""
    if isinstance(component, Mapping):
        for key, value in component.items():
            if key in ("content", "custom_id"):
                yield str(value)
            else:
                yield from _words(value)
    elif isinstance(component, list | tuple):
        for part in component:
            yield from _words(part)
