"""What becomes of colours: HDR is brought down to what every screen shows, the rest keeps its numbers; pure.

Numbers of matrices, ranges, transfers and primaries are those of ITU-T H.273, as FFmpeg has them.
"""

from dataclasses import dataclass
from math import exp

BT709, UNSPECIFIED, BT2020 = 1, 2, 9
RGB = 0
PQ, HLG = 16, 18
LIMITED = 1

REFERENCE_WHITE_NITS = 203
"""ITU-R BT.2408: what stands for white paper in HDR; it becomes almost the brightest there is in SDR."""
HLG_PEAK_NITS = 1000
HLG_GAMMA = 1.2
HLG_JOINT = 0.5
KNEE = 0.6
"""Of SDR's light: what is darker keeps its light, what is brighter shares the rest."""
SDR_GAMMA = 2.4
"""ITU-R BT.1886."""

BT2020_LUMA = (0.2627, 0.6780, 0.0593)
# ITU-R BT.2087: light of BT.2020's primaries in those of BT.709.
TO_BT709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Colours:
    """How a picture's numbers are meant."""

    matrix: int = UNSPECIFIED
    range: int = LIMITED
    transfer: int = UNSPECIFIED
    primaries: int = UNSPECIFIED

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (PQ, HLG)

    def after(self) -> "Colours":
        """How the numbers are meant in what is made of it."""
        if self.is_hdr or self.matrix == RGB:
            return Colours(BT709, LIMITED, BT709, BT709)
        return Colours(self.matrix, LIMITED, self.transfer, self.primaries)


def in_sdr(transfer: int, signal: Rgb) -> Rgb:
    """An HDR colour of BT.2020 as SDR of BT.709, both 0 to 1 as coded. Bright colours keep their hue."""
    nits = _pq_nits(signal) if transfer == PQ else _hlg_nits(signal)
    light = [
        max(0.0, sum(factor * part for factor, part in zip(row, nits, strict=True)) / REFERENCE_WHITE_NITS)
        for row in TO_BT709
    ]
    brightest = max(light)
    scale = _shoulder(brightest) / brightest if brightest > 0 else 0.0
    red, green, blue = (min(1.0, part * scale) ** (1 / SDR_GAMMA) for part in light)
    return red, green, blue


def _shoulder(light: float) -> float:
    """Leaves the dark alone and never quite reaches 1."""
    if light <= KNEE:
        return light
    return KNEE + (1 - KNEE) * (1 - exp((KNEE - light) / (1 - KNEE)))


def _pq_nits(signal: Rgb) -> list[float]:
    """SMPTE ST 2084."""
    nits = []
    for part in signal:
        root = part ** (32 / 2523)
        nits.append(10_000 * (max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (8192 / 1305))
    return nits


def _hlg_nits(signal: Rgb) -> list[float]:
    """ITU-R BT.2100, for a screen of 1000 nits."""
    scene = [_hlg_light(part) for part in signal]
    luma = sum(factor * part for factor, part in zip(BT2020_LUMA, scene, strict=True))
    return [HLG_PEAK_NITS * part * luma ** (HLG_GAMMA - 1) for part in scene]


def _hlg_light(part: float) -> float:
    """Two curves that meet half-way."""
    if part <= HLG_JOINT:
        return part**2 / 3
    return (exp((part - 0.55991073) / 0.17883277) + 0.28466892) / 12
