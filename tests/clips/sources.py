"""What members send to be mended: made with PyAV, the same each time, with pictures that can be read back.

Every picture is grey, has a red corner at its upper left as it is shown, and its own number in a row of
black and white fields.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFilter

FIELDS = 12
"""Numbers below 4096."""
FIELD_PIXELS = 10
CORNER_PIXELS = 30
CANVAS = FIELDS * FIELD_PIXELS
GREY, RED, BLACK, WHITE = (128, 128, 128), (220, 30, 30), (16, 16, 16), (235, 235, 235)
RATE = 48_000
BLOCK_SAMPLES = 960
LOUD = 2000
TONE = [8000 if sample // 60 % 2 else -8000 for sample in range(BLOCK_SAMPLES)]
"""400 Hz, square."""
PLACE = "+48.8584+002.2945/"
FAST = {
    "libx264": {"preset": "ultrafast", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "threads": "1"},
}


@dataclass(frozen=True)
class Source:
    """A clip to be made.

    `turn_degrees` and `mirrored` are stored in its display matrix. Pictures stand for `holds` frames each, in
    turn. Where there is a `sharp_picture`, all others are blurred.
    """

    seconds: float = 6.0
    kind: str = "mov"
    codec: str = "libx264"
    fps: float = 30
    size: tuple[int, int] = (320, 180)
    pixels: str = "yuv420p"
    key_every: int = 30
    reordered: int = 0
    turn_degrees: int = 0
    mirrored: bool = False
    sound_seconds: float = 0.0
    sound_codec: str = "aac"
    sound_layout: str = "stereo"
    tone_from: float = 0.0
    start_seconds: int = 0
    colours: tuple[int, int, int] | None = None
    pixel_aspect: Fraction = Fraction(1)
    holds: tuple[int, ...] = ()
    sharp_picture: int | None = None
    mux: tuple[tuple[str, str], ...] = ()


@cache
def made(source: Source) -> bytes:
    """The file."""
    file = BytesIO()
    options = {"fflags": "+bitexact", **dict(source.mux)}
    with av.open(file, "w", format=source.kind, options=options) as container:
        container.metadata.update({"location": PLACE, "title": "At home", "comment": "secret remark"})
        video = _video_track(container, source)
        sound = None
        if source.sound_seconds:
            sound = container.add_stream(source.sound_codec, rate=RATE, layout=source.sound_layout)
        for frame in _frames(source):
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            _write_tone(container, sound, source)
    return file.getvalue()


def _video_track(container: OutputContainer, source: Source) -> Any:
    rate = Fraction(source.fps).limit_denominator(1001)
    options = {"flags": "+bitexact", **FAST.get(source.codec, {}), "bf": str(source.reordered)}
    stream: Any = container.add_stream(source.codec, rate=rate, options=options)
    stream.width, stream.height = source.size
    stream.pix_fmt = source.pixels
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.gop_size = source.key_every
    if source.pixel_aspect != 1:
        stream.codec_context.sample_aspect_ratio = source.pixel_aspect
    if source.turn_degrees or source.mirrored:
        stream.set_display_rotation(source.turn_degrees, hflip=source.mirrored)
    if source.colours:
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = source.colours
        context.color_range = 1
    return stream


def _frames(source: Source) -> Iterator[VideoFrame]:
    rate = Fraction(source.fps).limit_denominator(1001)
    time = int(source.start_seconds * rate)
    frames: Any = VideoFrame
    for number in range(round(source.seconds * rate)):
        image = _stored(drawn(number), source)
        if source.sharp_picture not in (None, number):
            image = image.filter(ImageFilter.GaussianBlur(6))
        frame = frames.from_image(image).reformat(
            *source.size, source.pixels, interpolation="POINT", dst_color_range="MPEG"
        )
        frame.pts, frame.time_base = time, 1 / rate
        yield frame
        time += source.holds[number % len(source.holds)] if source.holds else 1


def drawn(number: int) -> Image.Image:
    """The picture with this number, upright, before it is scaled."""
    image = Image.new("RGB", (CANVAS, CANVAS), GREY)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, CORNER_PIXELS - 1, CORNER_PIXELS - 1), fill=RED)
    for field in range(FIELDS):
        left, top = field * FIELD_PIXELS, CANVAS // 2
        colour = WHITE if number >> field & 1 else BLACK
        draw.rectangle((left, top, left + FIELD_PIXELS - 1, top + FIELD_PIXELS * 2 - 1), fill=colour)
    return image


def _stored(image: Image.Image, source: Source) -> Image.Image:
    """The picture as it lies in the file, so that the display matrix sets it right again."""
    if source.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.rotate(-source.turn_degrees)


def _write_tone(container: OutputContainer, stream: Any, source: Source) -> None:
    channels = 1 if source.sound_layout == "mono" else 2
    tone = struct.pack(f"<{BLOCK_SAMPLES * channels}h", *(value for value in TONE for _ in range(channels)))
    for start in range(0, round(source.sound_seconds * RATE), BLOCK_SAMPLES):
        frame = av.AudioFrame(format="s16", layout=source.sound_layout, samples=BLOCK_SAMPLES)
        silent = start < source.tone_from * RATE
        frame.planes[0].update(bytes(len(tone)) if silent else tone)
        frame.pts, frame.sample_rate, frame.time_base = start, RATE, Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@cache
def noisy(seconds: float, size: tuple[int, int], fps: int = 30) -> bytes:
    """Pictures that nothing can compress, in an MOV."""
    chance = random.Random(3)
    file = BytesIO()
    with av.open(file, "w", format="mov", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("libx264", rate=fps, options={**FAST["libx264"], "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane in frame.planes:
                plane.update(chance.randbytes(plane.buffer_size))
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


# --- Reading results back -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What is seen and heard in a clip. `numbers` are those drawn into the pictures; times are in seconds."""

    size: tuple[int, int]
    numbers: list[int]
    times: list[float]
    upright: bool
    sound_seconds: float
    loud_from: float | None
    codec: str
    pixels: str
    keys: list[bool]


def seen(clip: bytes) -> Seen:
    """All of a clip, decoded."""
    with av.open(BytesIO(clip), "r") as container:
        video = container.streams.video[0]
        keys = [packet.is_keyframe for packet in container.demux(video) if packet.size]
    with av.open(BytesIO(clip), "r") as container:
        video = container.streams.video[0]
        frames: list[Any] = list(container.decode(video))
        images = [frame.to_image() for frame in frames]
        codec, pixels = video.codec_context.name, video.codec_context.pix_fmt
    sound_seconds, loud_from = _heard(clip)
    return Seen(
        size=images[0].size,
        numbers=[number_in(image) for image in images],
        times=[frame.time for frame in frames],
        upright=all(is_upright(image) for image in images),
        sound_seconds=sound_seconds,
        loud_from=loud_from,
        codec=codec,
        pixels=str(pixels),
        keys=keys,
    )


def fingerprints(clip: bytes) -> list[str]:
    """One for each picture, equal only where every bit of its brightness is."""
    with av.open(BytesIO(clip), "r") as container:
        return [sha256(bytes(frame.planes[0])).hexdigest() for frame in container.decode(video=0)]


def _heard(clip: bytes) -> tuple[float, float | None]:
    """How long there is sound, and when it is loud for the first time."""
    with av.open(BytesIO(clip), "r") as container:
        if not container.streams.audio:
            return 0.0, None
        resampler: Any = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        values: list[int] = []
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                values += memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h")
    loud = next((place for place, value in enumerate(values) if abs(value) > LOUD), None)
    return len(values) / RATE, None if loud is None else loud / RATE


def number_in(image: Image.Image) -> int:
    """The number that is drawn into a picture."""
    width, height = image.size
    number = 0
    for field in range(FIELDS):
        x = round((field + 0.5) * FIELD_PIXELS * width / CANVAS)
        y = round((CANVAS // 2 + FIELD_PIXELS) * height / CANVAS)
        number |= (_brightness(image, x, y) > 128) << field
    return number


def is_upright(image: Image.Image) -> bool:
    """Whether the upper left corner is red, and no other."""
    width, height = image.size
    places = [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)]
    return [is_red(image, int(x * width), int(y * height)) for x, y in places] == [True, False, False, False]


def is_red(image: Image.Image, x: int, y: int) -> bool:
    red, green, blue = _pixel(image, x, y)
    return red > green + 60 and red > blue + 60


def _brightness(image: Image.Image, x: int, y: int) -> float:
    return sum(_pixel(image, x, y)) / 3


def _pixel(image: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    pixel: Any = image.convert("RGB").getpixel((x, y))
    red, green, blue = pixel
    return red, green, blue
