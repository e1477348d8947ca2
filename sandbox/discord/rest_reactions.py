"""Routes of reactions."""

from typing import Final

from sandbox.discord.access import channel_of, message_of, require, require_open, user_of
from sandbox.discord.asks import NO_CONTENT, Answer, Ask, Route, snowflake
from sandbox.discord.errors import refusal
from sandbox.discord.messages import Message
from sandbox.discord.reactions import add_reaction, check_reaction, is_emoji, remove_reaction

PAGE_DEFAULT: Final = 25
PAGE_LIMIT: Final = 100


def _message(ask: Ask) -> Message:
    return message_of(ask, channel_of(ask))


def _emoji(ask: Ask) -> str:
    emoji = ask.params["emoji_name"]
    if not is_emoji(emoji):
        raise refusal(10014)
    return emoji


def add_own(ask: Ask) -> Answer:
    message, emoji = _message(ask), _emoji(ask)
    if code := check_reaction(message, emoji, message.channel.bot_permissions()):
        raise refusal(code)
    add_reaction(message, emoji, ask.world.bot)
    return NO_CONTENT


def remove_own(ask: Ask) -> Answer:
    message, emoji = _message(ask), _emoji(ask)
    require_open(message.channel)
    remove_reaction(message, emoji, ask.world.bot)
    return NO_CONTENT


def remove_other(ask: Ask) -> Answer:
    message, emoji = _message(ask), _emoji(ask)
    require(message.channel, "MANAGE_MESSAGES")
    require_open(message.channel)
    remove_reaction(message, emoji, user_of(ask))
    return NO_CONTENT


def list_users(ask: Ask) -> Answer:
    """Who reacted with one emoji, by id, in pages."""
    message, emoji = _message(ask), _emoji(ask)
    require(message.channel, "READ_MESSAGE_HISTORY")
    after = snowflake(ask.query.get("after", 0), "after")
    limit = ask.page_limit(PAGE_DEFAULT, PAGE_LIMIT)
    found = sorted(one for one in message.reactions.get(emoji, []) if one > after)[:limit]
    return Answer(200, [ask.world.users[one].json() for one in found])


def remove_emoji(ask: Ask) -> Answer:
    """Take one emoji away from everybody."""
    message, emoji = _message(ask), _emoji(ask)
    require(message.channel, "MANAGE_MESSAGES")
    for user_id in list(message.reactions.get(emoji, [])):
        remove_reaction(message, emoji, ask.world.users[user_id])
    return NO_CONTENT


def remove_all(ask: Ask) -> Answer:
    message = _message(ask)
    require(message.channel, "MANAGE_MESSAGES")
    for emoji, user_ids in list(message.reactions.items()):
        for user_id in list(user_ids):
            remove_reaction(message, emoji, ask.world.users[user_id])
    return NO_CONTENT


REACTIONS: Final = "/channels/{channel_id}/messages/{message_id}/reactions"
EMOJI: Final = f"{REACTIONS}/{{emoji_name}}"
ROUTES: Final = (
    Route("PUT", f"{EMOJI}/@me", add_own),
    Route("DELETE", f"{EMOJI}/@me", remove_own),
    Route("DELETE", f"{EMOJI}/{{user_id}}", remove_other),
    Route("GET", EMOJI, list_users),
    Route("DELETE", EMOJI, remove_emoji),
    Route("DELETE", REACTIONS, remove_all),
)
