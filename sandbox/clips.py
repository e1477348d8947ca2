"""Makes the clip that the demo's member attaches: a real H.264 MP4, drawn by FFmpeg's own filters."""

from io import BytesIO
from typing import Any, Final

import av
from av.filter import Graph

WIDTH, HEIGHT = 854, 480
FPS: Final = 25
BALL: Final = "color=0xffe29a:size=96x96"
SKY: Final = "nb_colors=4:seed=7:speed=0.03:c0=0x2b1055:c1=0x7597de:c2=0xff7e5f:c3=0xfeb47b"
ROUND: Final = "r=r(X,Y):g=g(X,Y):b=b(X,Y):a='255*lte(hypot(X-48,Y-48),46)'"
BOUNCE: Final = "x='379+300*sin(PI*t)':y='344-300*abs(cos(PI*t))':shortest=1"
ENCODER: Final = {"preset": "veryfast", "crf": "23", "threads": "1"}


def evening_clip(seconds: float = 2.0, kind: str = "mp4") -> bytes:
    """A file of 480 lines and 25 frames a second: a ball that bounces before an evening sky."""
    graph = _evening(seconds)
    file = BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream("libx264", rate=FPS, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(round(seconds * FPS)):
            container.mux(stream.encode(graph.vpull()))
        container.mux(stream.encode(None))
    return file.getvalue()


def _evening(seconds: float) -> Graph:
    """The filters, from two drawn sources to one picture."""
    graph = Graph()
    sky = graph.add("gradients", f"size={WIDTH}x{HEIGHT}:rate={FPS}:duration={seconds}:{SKY}")
    ball = graph.add("color", f"{BALL}:rate={FPS}:duration={seconds}")
    with_alpha, cut_round = graph.add("format", "rgba"), graph.add("geq", ROUND)
    together, plain, sink = (
        graph.add("overlay", BOUNCE),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    )
    sky.link_to(together, 0, 0)
    ball.link_to(with_alpha)
    with_alpha.link_to(cut_round)
    cut_round.link_to(together, 0, 1)
    together.link_to(plain)
    plain.link_to(sink)
    graph.configure()
    return graph
