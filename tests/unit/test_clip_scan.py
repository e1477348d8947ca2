"""The byte scan: bounded on anything, and exact at its limits."""

import random
import struct
import time
from collections.abc import Callable

import pytest

from bot.clip import ClipKind, ClipRule
from bot.clips import limits
from bot.clips.container import Demuxer
from bot.clips.scan import scan
from bot.errors import ClipRejected
from tests.clips import craft, craft_avi, craft_webm
from tests.clips.case import SMALL, streamed
from tests.clips.corpus import FRAGMENTED, small
from tests.clips.make import make_clip, pad_to

MUTANTS = 400
SLOWEST_SECONDS = 0.5
"""Counting to the largest budget takes a tenth of this on a slow machine."""
KINDS = ("mp4", "webm", "avi")


def rule_broken(content: bytes) -> ClipRule | None:
    """The rule that the scan finds broken, if any."""
    try:
        refusal = scan(content).refusal
    except ClipRejected as rejected:
        return rejected.rule
    return refusal.rule if refusal else None


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_told_by_content(kind: str) -> None:
    found = scan(small(kind))

    assert (found.kind, found.refusal, found.whole_bytes) == (ClipKind(kind), None, len(small(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_cut_anywhere_is_refused(kind: str) -> None:
    rules = {rule_broken(piece) for piece in craft.pieces(small(kind), 40)}

    assert rules == {ClipRule.DAMAGED}


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_file_with_something_behind_its_end_the_movie_is_whole(kind: str) -> None:
    found = scan(small(kind) + b"PK\x03\x04" + bytes(100))

    assert found.refusal is not None
    assert found.whole_bytes == len(small(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_file_that_is_cut_everything_is_left_that_may_be_read(kind: str) -> None:
    clip = craft.movie_first(small()) if kind == "mp4" else small(kind)
    cut = clip[: len(clip) * 3 // 4]

    found = scan(cut)

    assert found.refusal is not None
    assert found.whole_bytes == len(cut)


def test_a_fragment_that_contradicts_itself_ends_what_is_whole() -> None:
    clip = streamed()
    third = clip.index(b"moof", clip.index(b"moof", clip.index(b"moof") + 4) + 4) - 4
    broken = clip[:third] + craft.word_at(clip[third:], b"traf", -8, 0xFFFF)

    assert scan(broken).whole_bytes == third


@pytest.mark.parametrize(
    ("foreign", "demuxer"),
    [
        (make_clip(1, "mov", size=SMALL), Demuxer.MOV),
        (make_clip(1, "matroska", size=SMALL), Demuxer.MATROSKA),
        (make_clip(1, "gif", size=SMALL), Demuxer.GIF),
    ],
)
def test_what_a_clip_may_be_made_of_is_read_all_the_same(foreign: bytes, demuxer: Demuxer) -> None:
    found = scan(foreign)

    assert (found.demuxer, found.whole_bytes) == (demuxer, len(foreign))
    assert found.refusal is not None
    assert (found.refusal.rule, found.refusal.kind) == (ClipRule.WRONG_CONTAINER, None)


@pytest.mark.parametrize("bomb", [craft.box(b"trak") * 900, craft.box(b"cmov", bytes(8))])
def test_a_foreign_movie_that_is_a_bomb_stays_foreign_and_is_not_read(bomb: bytes) -> None:
    movie = craft.box(b"ftyp", b"qt  " + bytes(8)) + craft.box(b"moov", bomb) + craft.box(b"mdat")

    with pytest.raises(ClipRejected) as caught:
        scan(movie)

    assert caught.value.rule is ClipRule.WRONG_CONTAINER
    assert not caught.value.mendable


def test_a_clip_cut_in_its_header_is_refused() -> None:
    clip = craft.movie_first(small())
    header_ends = clip.index(b"mdat")

    assert all(rule_broken(clip[:length]) for length in range(header_ends))


@pytest.mark.parametrize("kind", KINDS)
def test_bent_clips_are_passed_or_refused_but_never_break_the_scan(kind: str) -> None:
    chance = random.Random(kind)
    clip = small(kind)

    for _ in range(MUTANTS):
        bent = bytearray(clip)
        for _ in range(chance.randint(1, 8)):
            bent[chance.randrange(min(len(bent), 3000))] = chance.choice((0, 1, 8, 127, 128, 255))
        rule_broken(bytes(bent))


@pytest.mark.parametrize("start", [b"", b"RIFF", b"\x1a\x45\xdf\xa3", craft.TYPE_BOX, b"\0\0\0\x08free"])
def test_noise_is_passed_or_refused_but_never_breaks_the_scan(start: bytes) -> None:
    chance = random.Random(1)

    for _ in range(MUTANTS):
        rule_broken(start + chance.randbytes(chance.randrange(200)))


@pytest.mark.parametrize(
    "content",
    [
        craft.TYPE_BOX + craft.box(b"free") * 1_200_000,
        craft.movie_of(craft.box(b"free") * 1_200_000),
        craft.TYPE_BOX + craft.nested(b"trak", 60_000),
        craft_webm.webm_of(b"\xec\x80" * 4_000_000),
        craft_webm.webm_of(craft_webm.element(b"\x1f\x43\xb6\x75", b"\xa3\x80" * 4_000_000)),
        craft_avi.avi_of(craft_avi.riff_list(b"movi", b"00dc\0\0\0\0" * 1_200_000)),
        craft_avi.avi_of(craft.nested(b"LIST", 60_000)),
    ],
    ids=["boxes", "boxes inside", "nesting", "fillers", "blocks", "chunks", "lists"],
)
def test_ten_megabytes_of_nothing_cost_next_to_nothing(content: bytes) -> None:
    started = time.process_time()

    rule = rule_broken(content)

    assert rule in (ClipRule.TOO_COMPLEX, ClipRule.DAMAGED)
    assert time.process_time() - started < SLOWEST_SECONDS


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda count: craft.movie_of(*[craft.box(b"trak")] * count), limits.TRACKS),
        (lambda count: craft.movie_of(craft.table(b"elst", count)), limits.EDITS),
        (lambda count: craft.movie_of(craft.table(b"stsz", 0, count)), limits.SAMPLES),
        (lambda count: craft.movie_of(craft.table(b"stsz", 2, count)), limits.TINY_SAMPLES),
        (lambda count: craft.movie_of(craft.table(b"stsz", 17, count)), limits.SAMPLES),
        (lambda count: craft.movie_of(craft.table(b"stz2", 4, count)), limits.SAMPLES),
        (lambda count: craft.movie_of(craft.table(b"stco", count)), limits.TINY_SAMPLES),
        (lambda count: craft.movie_of() + craft.box(b"moof") * count, limits.FRAGMENTS),
        (lambda count: craft.movie_of(craft.table(b"trun", count)), limits.FRAGMENT_SAMPLES),
        (lambda count: craft_webm.webm_of(craft_webm.element(b"\xae") * count), limits.TRACKS),
        (lambda count: craft_webm.webm_of(b"\xec\x80" * count), limits.ELEMENTS),
        (lambda count: avi_with(craft_avi.chunk(b"idx1", bytes(16 * count))), limits.INDEX_ENTRIES),
        (
            lambda count: avi_with(craft_avi.chunk(b"ix00", struct.pack("<II", 0, count))),
            limits.INDEX_ENTRIES,
        ),
        (lambda count: avi_with(*[craft_avi.riff_list(b"strl")] * count), limits.TRACKS),
    ],
)
def test_counts_are_exact(make: Callable[[int], bytes], limit: int) -> None:
    assert rule_broken(make(limit)) is None
    assert rule_broken(make(limit + 1)) is ClipRule.TOO_COMPLEX


def avi_with(*content: bytes) -> bytes:
    """An AVI with the two lists that make it one, and more."""
    return craft_avi.avi_of(craft_avi.riff_list(b"hdrl"), craft_avi.riff_list(b"movi"), *content)


@pytest.mark.parametrize("size", [0, 2, 7])
def test_a_box_of_an_impossible_size_is_damage(size: int) -> None:
    broken = small() + struct.pack(">I", size) + b"\0\0\0\0" + bytes(8)

    assert rule_broken(broken) is ClipRule.DAMAGED


def test_a_last_box_without_size_reaches_to_the_end() -> None:
    clip = craft.movie_first(small())
    at = clip.index(b"mdat") - 4

    assert rule_broken(clip[:at] + bytes(4) + clip[at + 4 :]) is None


def test_a_box_of_the_long_form_is_understood() -> None:
    filler = struct.pack(">I", 1) + b"free" + (16 + 5).to_bytes(8) + bytes(5)

    assert rule_broken(small() + filler) is None
    assert rule_broken(small() + filler[:-1]) is ClipRule.DAMAGED


def test_notes_of_a_camera_may_be_odd() -> None:
    odd = craft.box(b"udta", b"\0\0\0\xffABCD" + bytes(4))

    assert rule_broken(craft.movie_of(odd)) is None


def test_a_header_may_not_be_odd() -> None:
    assert rule_broken(craft.movie_of(b"\0\0\0\xfftrak" + bytes(4))) is ClipRule.DAMAGED


def test_a_padded_clip_is_as_good_as_before() -> None:
    padded = pad_to(small(), 1_000_000)

    assert len(padded) == 1_000_000
    assert rule_broken(padded) is None


def test_an_odd_avi_may_have_its_padding_byte() -> None:
    assert rule_broken(avi_with(craft_avi.chunk(b"JUNK", b"123")) + b"\0") is None


def test_opendml_parts_belong_to_the_file() -> None:
    further = craft_avi.avi_of(craft_avi.riff_list(b"movi"), form=b"AVIX")

    assert rule_broken(avi_with() + further) is None
    assert rule_broken(avi_with() + further[:-2]) is ClipRule.DAMAGED


def test_fragments_of_a_recorder_are_a_movie() -> None:
    assert rule_broken(make_clip(mux=FRAGMENTED, size=(64, 48))) is None


def test_matroska_is_not_webm() -> None:
    assert rule_broken(craft_webm.webm_of(doc_type=b"matroska")) is ClipRule.WRONG_CONTAINER


@pytest.mark.parametrize("brand", [b"<@!1", b"@eve", b"\xa9abc", b"\0\0\0\0", b"`x`\n"])
def test_a_brand_made_to_be_shown_is_not_shown(brand: bytes) -> None:
    with pytest.raises(ClipRejected) as caught:
        scan(craft.branded(small(), brand))

    assert caught.value.found == "a movie of an unknown kind"
