"""Which places a message may go to, for every job, message and decision of a server."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import discord
import pytest

from bot.model import AttemptState, MessageRef, Place, PlaceKind, Visibility
from bot.moderation.servers import Results
from bot.notices import Announcement, NoticeKind, NoticeState
from cogs.delivery.rungs import Rung, Speech, rungs
from tests.builders import CHANNEL_ID, GUILD_ID, NOON
from tests.unit.cards_reader import a_story

CARD = MessageRef(CHANNEL_ID, 5)
R = Rung


def a_speech(
    kind: NoticeKind = NoticeKind.RESULT,
    place: PlaceKind = PlaceKind.TEXT,
    *,
    visibility: Visibility = Visibility.THREAD,
    thread_id: int | None = None,
    card: MessageRef | None = CARD,
    **changes: Any,
) -> Speech:
    where = Place(None if place is PlaceKind.DM else GUILD_ID, CHANNEL_ID, place)
    story = a_story(
        state=AttemptState.SUCCEEDED, place=where, visibility=visibility, thread_id=thread_id, card=card
    )
    announcement = Announcement(1, story.job.job_id, 1, kind, "n", NoticeState.PENDING, NOON, NOON)
    ends = kind in {NoticeKind.RESULT, NoticeKind.FAILURE}
    return Speech(
        announcement, story, lambda _: discord.ui.LayoutView(), **{"may_end_on_card": ends} | changes
    )


@pytest.mark.parametrize(
    ("speech", "results", "places"),
    [
        (a_speech(), Results.THREAD, [R.NEW_THREAD, R.RESULTS_CHANNEL, R.REPLY, R.CARD]),
        (a_speech(), Results.CHANNEL, [R.REPLY, R.RESULTS_CHANNEL, R.CARD]),
        (a_speech(), Results.RESULTS_CHANNEL, [R.RESULTS_CHANNEL, R.REPLY, R.CARD]),
        (a_speech(NoticeKind.FAILURE), Results.RESULTS_CHANNEL, [R.REPLY, R.RESULTS_CHANNEL, R.CARD]),
        (a_speech(NoticeKind.ATTEMPT), Results.RESULTS_CHANNEL, [R.REPLY]),
        (a_speech(place=PlaceKind.VOICE), Results.THREAD, [R.REPLY, R.CARD]),
        (a_speech(place=PlaceKind.VOICE), Results.RESULTS_CHANNEL, [R.RESULTS_CHANNEL, R.REPLY, R.CARD]),
        (a_speech(place=PlaceKind.THREAD), Results.RESULTS_CHANNEL, [R.REPLY, R.CARD]),
        (a_speech(place=PlaceKind.DM), Results.RESULTS_CHANNEL, [R.REPLY, R.CARD]),
        (
            a_speech(thread_id=5),
            Results.CHANNEL,
            [R.THREAD, R.REPLY, R.RESULTS_CHANNEL, R.CARD],
        ),
        (
            a_speech(visibility=Visibility.PRIVATE, thread_id=5, card=None),
            Results.RESULTS_CHANNEL,
            [R.THREAD, R.DIRECT_MESSAGES],
        ),
        (
            a_speech(NoticeKind.REMOVAL, privately=True),
            Results.CHANNEL,
            [R.DIRECT_MESSAGES, R.REPLY],
        ),
    ],
)
def test_the_best_place_comes_first(speech: Speech, results: Results, places: list[Rung]) -> None:
    assert list(rungs(speech, results)) == places


def every_speech() -> Iterator[Speech]:
    threads, cards, privately = (None, 5), (None, CARD), (False, True)
    for kind, place, visibility in product(NoticeKind, PlaceKind, Visibility):
        for thread_id, card, alone in product(threads, cards, privately):
            yield a_speech(
                kind, place, visibility=visibility, thread_id=thread_id, card=card, privately=alone
            )


@pytest.mark.parametrize("results", list(Results))
def test_no_place_is_tried_twice_and_what_is_private_never_leaves(results: Results) -> None:
    for speech in every_speech():
        places = list(rungs(speech, results))
        assert len(places) == len(set(places)), speech
        assert not (speech.is_private and Rung.RESULTS_CHANNEL in places), speech
        assert (Rung.NEW_THREAD in places) <= (results is Results.THREAD), speech
