"""What is cut out of clips, by real children, judged like any clip and looked at."""

from collections.abc import AsyncIterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest

from bot.clip import ClipRule, Part
from bot.clips.editor import ChildEditor
from bot.clips.measure import header_seconds
from bot.clips.probe import ClipProbe
from bot.errors import ClipRejected
from tests.clips.craft import boxes, movie_first, scrambled
from tests.clips.sources import PLACE, Source, fingerprints, made, noisy
from tests.integration.clip_editing import Bench, in_chunks

FRAGMENTED = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
LIVE = (("live", "1"),)
NTSC = 30000 / 1001
HLG, PQ = (9, 18, 9), (9, 16, 9)
REMARKS = (PLACE.encode(), b"At home", b"secret remark", b"x264 - core")
SOURCES = {
    "h264 in mov": Source(sound_seconds=6),
    "h264 in mp4": Source(kind="mp4", sound_seconds=6),
    "reordered h264": Source(reordered=2, sound_seconds=6),
    "hevc": Source(codec="libx265", sound_seconds=6),
    "hevc with 10 bits": Source(codec="libx265", pixels="yuv420p10le"),
    "hlg": Source(codec="libx265", pixels="yuv420p10le", colours=HLG),
    "pq": Source(codec="libx265", pixels="yuv420p10le", colours=PQ),
    "full range": Source(pixels="yuvj420p"),
    "prores": Source(codec="prores_ks", pixels="yuv422p10le", sound_seconds=6, sound_codec="pcm_s16le"),
    "fragments": Source(mux=FRAGMENTED),
    "h264 in mkv": Source(kind="matroska", sound_seconds=6),
    "a clock that starts at 100 s": Source(kind="matroska", start_seconds=100),
    "vp9 with a single key frame": Source(
        kind="webm", codec="libvpx-vp9", sound_codec="libopus", sound_seconds=6, key_every=9999
    ),
    "a live recording": Source(kind="webm", codec="libvpx-vp9", mux=LIVE),
    "av1": Source(kind="matroska", codec="libsvtav1"),
    "mpeg4 in avi": Source(kind="avi", codec="mpeg4", sound_codec="pcm_s16le", sound_seconds=6),
    "reordered h264 in avi": Source(kind="avi", reordered=2),
    "3gp": Source(kind="3gp", codec="h263", size=(176, 144)),
    "mono": Source(sound_layout="mono", sound_seconds=6),
}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with ChildEditor(tmp_path / "spool") as editor, ClipProbe(parallel=1) as probe:
        yield Bench(editor, probe)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_any_source_gives_the_part_that_was_asked_for(bench: Bench, source: Source) -> None:
    result = await bench.cut(source, 1500, 2500)

    assert result.facts.seconds == 2.5
    assert result.seen.numbers == list(range(45, 120))
    assert result.seen.times[0] == 0
    assert (result.seen.codec, result.seen.pixels, result.seen.keys[0]) == ("h264", "yuv420p", True)
    assert result.seen.upright
    assert result.seen.sound_seconds == pytest.approx(2.5 if source.sound_seconds else 0, abs=0.03)
    assert result.seen.sound_seconds <= 2.5


@pytest.mark.parametrize("start", [1500, 2000], ids=["encoded", "copied"])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
async def test_sound_stays_with_its_pictures(bench: Bench, codec: str, start: int) -> None:
    source = Source(codec=codec, sound_seconds=6, tone_from=3)

    result = await bench.cut(source, start, 2500)

    assert result.seen.loud_from == pytest.approx(3 - start / 1000, abs=0.01)


async def test_sound_that_ends_early_is_kept_as_far_as_it_goes(bench: Bench) -> None:
    result = await bench.cut(Source(sound_seconds=2), 1000, 3000)

    assert result.seen.sound_seconds == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("mirrored", [False, True], ids=["", "mirrored"])
@pytest.mark.parametrize("degrees", [90, -90, 180])
async def test_phones_may_be_held_in_any_way(bench: Bench, degrees: int, mirrored: bool) -> None:
    source = Source(turn_degrees=degrees, mirrored=mirrored)

    result = await bench.cut(source, 1000, 1000)

    assert result.seen.upright
    assert result.seen.size == ((320, 180) if degrees == 180 else (180, 320))


@pytest.mark.parametrize(
    ("colours", "meant"),
    [(HLG, (1, 1, 1)), (PQ, (1, 1, 1)), ((5, 6, 6), (5, 6, 6)), (None, (2, 2, 2))],
    ids=["hlg", "pq", "601", "untold"],
)
async def test_a_clip_says_how_its_colours_are_meant(
    bench: Bench, colours: tuple[int, int, int] | None, meant: tuple[int, int, int]
) -> None:
    result = await bench.cut(Source(codec="libx265", pixels="yuv420p10le", colours=colours), 0, 1000)

    with av.open(BytesIO(result.clip), "r") as container:
        context = container.streams.video[0].codec_context
        told = (context.color_primaries, context.color_trc, context.colorspace)
    assert told == meant


async def test_hdr_that_was_filmed_upright_stands_upright(bench: Bench) -> None:
    source = Source(codec="libx265", pixels="yuv420p10le", colours=HLG, turn_degrees=-90)

    result = await bench.cut(source, 0, 1000)

    assert result.seen.upright
    assert result.seen.size == (180, 320)


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (Source(seconds=1.2, size=(1280, 720), codec="libx265"), (1280, 720)),
        (Source(seconds=1.2, size=(1440, 1440)), (1080, 1080)),
        (Source(seconds=1.2, size=(2560, 1440), turn_degrees=90), (1080, 1920)),
        (Source(seconds=1.2, size=(1440, 1080), pixel_aspect=Fraction(4, 3)), (1920, 1080)),
        (Source(seconds=1.2, size=(64, 48), codec="libx265"), (64, 48)),
        (Source(seconds=1.2, size=(321, 241), kind="avi", codec="ffvhuff", pixels="yuv444p"), (320, 240)),
    ],
    ids=["720p", "square", "tall", "wide pixels", "small", "odd"],
)
async def test_results_keep_their_shape_and_are_never_enlarged(
    bench: Bench, source: Source, size: tuple[int, int]
) -> None:
    result = await bench.cut(source, 0, 1000)

    assert result.seen.size == size
    assert result.seen.upright


@pytest.mark.parametrize(
    ("fps", "kept_fps"), [(24, 24), (NTSC, NTSC), (50, 25), (60, 30), (120, 30), (240, 30)]
)
async def test_of_many_pictures_a_second_few_are_kept(bench: Bench, fps: float, kept_fps: float) -> None:
    result = await bench.cut(Source(seconds=3, fps=fps, codec="libx265", size=(128, 96)), 500, 2000)

    assert result.facts.seconds == 2
    assert result.facts.fps == pytest.approx(kept_fps, abs=0.5)


@pytest.mark.parametrize("kind", ["mov", "matroska"])
@pytest.mark.parametrize("reordered", [0, 2])
async def test_a_whole_short_clip_is_copied(bench: Bench, kind: str, reordered: int) -> None:
    source = Source(seconds=3.5, kind=kind, reordered=reordered, sound_seconds=3.6)

    result = await bench.cut(source, 0, 3500)

    assert result.facts.seconds == pytest.approx(3.5, abs=0.002)
    assert fingerprints(result.clip) == fingerprints(made(source))
    assert result.seen.sound_seconds == pytest.approx(3.5, abs=0.03)


async def test_a_part_from_a_key_frame_on_is_copied_and_another_is_not(bench: Bench) -> None:
    before = fingerprints(made(Source()))

    copied, encoded = await bench.cut(Source(), 2000, 2010), await bench.cut(Source(), 2500, 2010)

    assert fingerprints(copied.clip) == before[60:120]
    assert (copied.facts.seconds, encoded.facts.seconds) == (2.01, 2.01)
    assert not set(fingerprints(encoded.clip)) & set(before)


async def test_a_whole_gif_becomes_a_clip(bench: Bench) -> None:
    source = Source(seconds=2, kind="gif", codec="gif", pixels="rgb8", fps=10)

    result = await bench.cut(source, 0, 2000)

    assert result.facts.seconds == 2
    assert result.seen.numbers == list(range(20))


async def test_pictures_that_stand_long_are_repeated(bench: Bench) -> None:
    source = Source(seconds=3, kind="gif", codec="gif", pixels="rgb8", fps=10, holds=(1, 5, 20))

    result = await bench.cut(source, 1500, 2500)

    # Numbers 0 to 4 stand for 1, 5, 20, 1 and 5 tenths of a second.
    assert result.seen.numbers == [2] * 11 + [3] + [4] * 5 + [5] * 8
    assert result.facts.seconds == 2.5


async def test_a_part_in_which_nothing_moves_is_refused(bench: Bench) -> None:
    source = Source(seconds=2, kind="gif", codec="gif", pixels="rgb8", fps=10, holds=(1, 5, 40))

    with pytest.raises(ClipRejected) as caught:
        await bench.cut(source, 1500, 2000)

    assert (caught.value.rule, caught.value.found) == (ClipRule.UNDECODABLE, "a single picture")
    assert caught.value.size_bytes == len(made(source))


@pytest.mark.seconds(180)
async def test_noise_is_brought_down_to_ten_million_bytes(bench: Bench) -> None:
    source = noisy(4, (854, 480))
    assert len(source) > 20_000_000

    clip = await bench.editor.cut(in_chunks(source), Part(0, 4000))

    assert 7_000_000 < len(clip) <= 10_000_000


@pytest.mark.parametrize("start", [2000, 2500], ids=["copied", "encoded"])
async def test_nothing_of_the_source_is_passed_on_but_what_is_shown(bench: Bench, start: int) -> None:
    assert all(remark in made(Source()) for remark in REMARKS)

    result = await bench.cut(Source(), start, 1000)

    left = [remark for remark in REMARKS if remark in result.clip]
    # Encoding writes a remark of its own, about the encoder.
    assert left == ([] if start == 2000 else [b"x264 - core"])
    with av.open(BytesIO(result.clip), "r") as container:
        tags = {*container.metadata, *(tag for stream in container.streams for tag in stream.metadata)}
    assert tags <= {"major_brand", "minor_version", "compatible_brands", "language", "handler_name"}


@pytest.mark.parametrize("start", [2000, 2500], ids=["copied", "encoded"])
async def test_the_header_comes_first_and_tells_the_truth(bench: Bench, start: int) -> None:
    result = await bench.cut(Source(sound_seconds=6), start, 2500)

    assert [name for name in boxes(result.clip) if name != b"free"] == [b"ftyp", b"moov", b"mdat"]
    assert header_seconds(result.clip) == 2.5


DAMAGED = {
    "an mp4 that was cut off": movie_first(made(Source(kind="mp4"))),
    "fragments that were cut off": made(Source(mux=FRAGMENTED)),
    "an mkv that was cut off": made(Source(kind="matroska")),
    "a webm that was cut off": made(Source(kind="webm", codec="libvpx-vp9", key_every=15)),
    "an avi that was cut off": made(Source(kind="avi", codec="mpeg4")),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
async def test_of_a_damaged_clip_is_used_what_is_there(bench: Bench, content: bytes) -> None:
    cut_off = content[: len(content) * 2 // 3]

    result = await bench.cut(cut_off, 500, 2000)

    assert result.facts.seconds == 2
    assert result.seen.numbers == list(range(15, 75))
    with pytest.raises(ClipRejected) as caught:
        await bench.cut(cut_off, 5000, 1000)
    assert caught.value.rule is ClipRule.TOO_SHORT


async def test_broken_pictures_stand_still_where_some_are_whole(bench: Bench) -> None:
    content = scrambled(made(Source()), 0.5, 0.55)

    result = await bench.cut(content, 1000, 4000)

    assert result.facts.seconds == 4
    assert result.seen.numbers[:55] == list(range(30, 85))
    assert result.seen.numbers[-30:] == list(range(120, 150))


async def test_a_part_with_hardly_a_whole_picture_is_refused(bench: Bench) -> None:
    with pytest.raises(ClipRejected) as caught:
        await bench.cut(scrambled(made(Source()), 0.2, 0.9), 2000, 2000)

    assert caught.value.rule is ClipRule.UNDECODABLE
    assert caught.value.found.endswith("of 59 frames could be read")
