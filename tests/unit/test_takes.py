"""What a provider says that it takes decides what is handed over to it, and what it is offered for."""

from dataclasses import replace
from typing import Any

import pytest

from bot.clip import ClipKind, PictureKind, StoredClip
from bot.errors import ClipMissing
from bot.fault import Fault
from bot.jobs.failover import makers_of, takes
from bot.jobs.suiting import source_of, suits
from bot.model import AttemptState
from bot.ports import SourceKind
from bot.takes import FileLimits, TextLimits
from tests.builders import NOON, PROVIDER, a_clip, a_job
from tests.fakes.provider import CAPABILITIES, FakeProvider
from tests.unit.engine_rig import KEPT, Rig
from tests.unit.test_failover import OFF, OTHER, offered

MP4 = FileLimits(frozenset({ClipKind.MP4}), limit_bytes=1000, seconds=(2.0, 3.0))
TEXTS = TextLimits(10, 5)
POSTER = StoredClip("sha256/po/ster", "0" * 64, 500)


@pytest.mark.parametrize(
    ("kind", "size_bytes", "seconds", "is_taken"),
    [
        (ClipKind.MP4, 1000, 2.0, True),
        (ClipKind.MP4, 1000, 3.0, True),
        (ClipKind.MP4, 1001, 2.5, False),
        (ClipKind.MP4, 1000, 1.99, False),
        (ClipKind.MP4, 1000, 3.01, False),
        (ClipKind.WEBM, 1000, 2.5, False),
        (PictureKind.JPEG, 1000, None, False),
    ],
)
def test_a_file_is_judged_by_kind_size_and_length(
    kind: ClipKind | PictureKind, size_bytes: int, seconds: float | None, *, is_taken: bool
) -> None:
    assert MP4.fit(kind, size_bytes, seconds) is is_taken


def test_texts_have_rooms_of_their_own_or_share_one() -> None:
    assert (TEXTS.fit(10, 5), TEXTS.fit(11, 0), TEXTS.fit(0, 6)) == (True, False, False)
    joined = TextLimits(10, 10, joined=True)
    assert (joined.fit(4, 6), joined.fit(5, 6)) == (True, False)


def test_what_is_judged_is_what_would_be_handed_over() -> None:
    clip = a_clip(poster=POSTER)
    job = a_job(clip=clip, prompt="a fox", safety_sent="calm")
    pictures = FileLimits(frozenset({PictureKind.JPEG}), limit_bytes=500)

    assert source_of(job, SourceKind.PICTURE) == (POSTER, PictureKind.JPEG)
    assert suits(job, SourceKind.PICTURE, pictures, TEXTS)
    assert not suits(job, SourceKind.PICTURE, replace(pictures, limit_bytes=499), TEXTS)
    assert not suits(job, SourceKind.CLIP, replace(pictures, limit_bytes=10**9), None)
    assert not suits(job, SourceKind.TASK, None, TEXTS)
    with pytest.raises(ClipMissing):
        suits(replace(job, clip=None), SourceKind.CLIP, None, None)


def picky(name: str, **changes: Any) -> FakeProvider:
    return FakeProvider(name, capabilities=replace(CAPABILITIES, **changes))


@pytest.mark.parametrize("changes", [{"files": replace(MP4, limit_bytes=1)}, {"texts": TextLimits(1, 1)}])
async def test_a_provider_that_would_not_take_it_is_not_offered(changes: dict[str, Any]) -> None:
    rig = Rig(others=(picky(OTHER, **changes),))
    attempt = await rig.queued(clip=a_clip(stored=KEPT), prompt="a red fox")
    await rig.circuits.open(OFF, NOON)

    assert await offered(rig, rig.stored(attempt)) is None


async def test_what_its_own_provider_does_not_take_ends_before_anything_is_uploaded_or_paid() -> None:
    rig = Rig(others=(picky(OTHER, files=replace(MP4, limit_bytes=1)),))
    attempt = await rig.queued(clip=a_clip(stored=KEPT), provider=OTHER)

    await rig.advance(rig.stored(attempt))

    stored = rig.stored(attempt)
    assert (stored.state, stored.fault) == (AttemptState.FAILED, Fault.CLIP_UNSUITABLE)
    assert rig.others[0].hand_overs == []


def test_people_are_told_of_makers_with_what_they_take() -> None:
    (maker,) = makers_of({PROVIDER: picky(PROVIDER, files=MP4)}).values()

    assert (maker.files, maker.texts) == (MP4, CAPABILITIES.texts)
    assert not takes(maker, a_job())
