"""Good clips in every form that the three containers have, and the codecs that belong into them."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from tests.clips import craft, craft_webm
from tests.clips.case import FRAGMENTED, OFTEN_KEYED, SMALL, TWO, Case, small, streamed
from tests.clips.craft_avi import Avi
from tests.clips.make import make_clip, make_jpegs, pad_to

TEN_MILLION = 10_000_000


def containers() -> Iterator[Case]:
    """All of them."""
    yield from codecs()
    yield from mp4_forms()
    yield from brands()
    yield from webm_forms()
    yield from avi_forms()


def codecs() -> Iterator[Case]:
    """What each container may hold."""
    for kind, codec in (
        ("mp4", "libx264"),
        ("mp4", "libx265"),
        ("mp4", "libsvtav1"),
        ("mp4", "libvpx-vp9"),
        ("mp4", "mpeg4"),
        ("mp4", "mjpeg"),
        ("webm", "libvpx"),
        ("webm", "libvpx-vp9"),
        ("webm", "libsvtav1"),
        ("avi", "mjpeg"),
        ("avi", "mpeg4"),
        ("avi", "libx264"),
        ("avi", "msmpeg4v2"),
        ("avi", "msmpeg4"),
        ("avi", "huffyuv"),
        ("avi", "rawvideo"),
        ("avi", "cinepak"),
        ("avi", "msvideo1"),
        ("avi", "msrle"),
    ):
        make = partial(make_clip, 2, kind, size=(64, 64), codec=codec)
        yield Case(f"{codec} in {kind}", make, None, kind, TWO)
    old = partial(make_clip, 2, "3gp", size=(176, 144), codec="h263")
    yield Case("h263 in an old telephone's movie", old, None, "mp4", TWO)
    for kind in ("mp4", "webm", "avi"):
        strange = partial(
            lambda kind: make_clip(2, kind, size=SMALL).replace(b"Lavf", b"\xff\xfe\xc3\x28"), kind
        )
        yield Case(f"names in no alphabet in {kind}", strange, None, kind, TWO)


def mp4_forms() -> Iterator[Case]:
    """Fragments, orders of boxes, and sizes of boxes."""

    def mp4(name: str, flags: str, **mux: str) -> Case:
        options = {"movflags": f"{flags}+delay_moov", **mux}
        make = partial(make_clip, 2, size=SMALL, encode=OFTEN_KEYED, mux=options, audio_seconds=2)
        return Case(f"mp4: {name}", make, None, "mp4", TWO)

    yield mp4("fragments, no duration in the header", FRAGMENTED["movflags"])
    yield mp4("fragments, the first in the header", "frag_keyframe")
    yield mp4("a fragment for each frame", "frag_every_frame+empty_moov")
    yield mp4("fragments for streaming", "dash+frag_keyframe", brand="dash")
    yield mp4("fragments in the common format", "cmaf+frag_keyframe")
    yield mp4("notes in the header", "use_metadata_tags")
    filler = craft.box(b"free", bytes(9))
    for name, make in (
        ("a filler in front", lambda: filler + streamed()),
        ("an unknown box in front", lambda: craft.box(b"uuid", bytes(40)) + streamed()),
        ("a header in front", lambda: craft.movie_first(make_clip(2, size=SMALL, audio_seconds=2))),
        ("a filler behind", lambda: small() + filler),
        ("pictures to the end of the file", _open_ended),
        ("pictures in a box of the long form", _long_form),
        ("notes of five million bytes", lambda: small() + craft.box(b"udta", bytes(5_000_000))),
        ("exactly ten million bytes", lambda: pad_to(small(), TEN_MILLION)),
        ("a ZIP in a filler", lambda: small() + craft.box(b"free", b"PK\x03\x04" + bytes(200))),
    ):
        yield Case(f"mp4: {name}", make, None, "mp4", TWO)


def _open_ended() -> bytes:
    clip = craft.movie_first(small())
    at = clip.index(b"mdat") - 4
    return clip[:at] + bytes(4) + clip[at + 4 :]


def _long_form() -> bytes:
    """The empty box that FFmpeg keeps in front of the pictures is what the long form needs."""
    clip = small()
    at = clip.index(b"free\0") - 4 if b"free\0" in clip else clip.index(b"mdat") - 12
    size = int.from_bytes(clip[at + 8 : at + 12]) + 8
    return clip[:at] + (1).to_bytes(4) + b"mdat" + size.to_bytes(8) + clip[at + 16 :]


def brands() -> Iterator[Case]:
    """Names of the family, in front or among the compatible ones."""
    for kind, name in (("3gp", "3GP"), ("3g2", "3G2"), ("ipod", "M4V"), ("f4v", "F4V")):
        yield Case(f"a {name} that is MP4, too", partial(make_clip, 2, kind, size=SMALL), None, "mp4", TWO)
    for brand in (b"mp42", b"iso6", b"avc1", b"MSNV", b"M4VH", b"XAVC"):
        named = partial(craft.branded, small(), brand)
        yield Case(f"the brand {brand.decode()} alone", named, None, "mp4", TWO)
    yield Case(
        "a strange brand that is MP4, too", lambda: craft.branded(small(), b"zzzz", b"mp42"), None, "mp4", TWO
    )


def webm_forms() -> Iterator[Case]:
    """What recorders write, and leave unwritten."""
    sounding = partial(make_clip, 2, "webm", size=SMALL, audio_seconds=2)
    for name, make in (
        ("with sound", sounding),
        ("without a length", lambda: craft_webm.without_length(small("webm"))),
        ("a live stream", partial(make_clip, 2, "webm", size=SMALL, mux={"live": "1"})),
        ("a browser's recording", lambda: craft_webm.recorded(small("webm"))),
        ("a browser's recording with sound", lambda: craft_webm.recorded(sounding())),
        ("an index in front", partial(make_clip, 2, "webm", size=SMALL, mux={"reserve_index_space": "1000"})),
        ("many clusters", partial(make_clip, 2, "webm", size=SMALL, mux={"cluster_time_limit": "100"})),
        ("a filler behind", _with_filler),
    ):
        yield Case(f"webm: {name}", make, None, "webm", TWO)
    for frames_left in (95, 60, 30):
        length = Fraction(frames_left, 25)
        make = partial(_switched_off, frames_left)
        yield Case(
            f"webm: a recording that was switched off after {frames_left} frames", make, None, "webm", length
        )
    early = partial(_switched_off, 12)
    yield Case(
        "webm: a recording that was switched off too early", early, "too_short", "webm", Fraction(12, 25)
    )


def _with_filler() -> bytes:
    recording = make_clip(2, "webm", size=SMALL, mux={"live": "1"})
    return recording + craft_webm.element(b"\xec", bytes(50))


def _switched_off(frames: int) -> bytes:
    clip = make_clip(4, "webm", size=SMALL, mux={"cluster_time_limit": "500"}, encode={"g": "10"})
    return craft_webm.switched_off(clip, frames)


def avi_forms() -> Iterator[Case]:
    """Indexes of both kinds or none, several parts, dropped frames."""
    frames = make_jpegs(50)
    kept = [frame if number % 3 else b"" for number, frame in enumerate(frames, start=1)]
    for name, make in (
        ("an index", lambda: Avi(frames).indexed()),
        ("no index", lambda: Avi(frames).unindexed()),
        ("OpenDML", lambda: Avi(frames).open_dml()),
        ("OpenDML in three parts", lambda: Avi(frames).open_dml(3)),
        ("every third frame dropped", lambda: Avi(kept).indexed()),
        ("every third frame dropped, no index", lambda: Avi(kept).unindexed()),
        ("sound", partial(make_clip, 2, "avi", size=SMALL, audio_seconds=2)),
        ("a filler behind", lambda: Avi(frames).indexed() + b"\0"),
    ):
        yield Case(f"avi: {name}", make, None, "avi", TWO)
