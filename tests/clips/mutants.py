"""Files of the corpus, changed at random: the same number and seed, the same mutant."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.clips.corpus import everything

LARGEST_BYTES = 100_000
"""Larger files are made large on purpose, and say nothing more for it."""
HEAD_BYTES = 1500
MOST_CHANGES = 8
SPLICED_SHARE = 0.05
HALF = 0.5
EDGES_OF_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
EDGES_OF_WORDS = (0, 1, 7, 8, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
NAMES = (
    *(
        b"moov",
        b"trak",
        b"mdia",
        b"stbl",
        b"stsd",
        b"stts",
        b"ctts",
        b"stsz",
        b"stco",
        b"elst",
        b"trun",
        b"tfhd",
    ),
    *(
        b"mdat",
        b"moof",
        b"avcC",
        b"hvcC",
        b"esds",
        b"tkhd",
        b"mvhd",
        b"mdhd",
        b"hdlr",
        b"dref",
        b"udta",
        b"meta",
    ),
    *(
        b"RIFF",
        b"LIST",
        b"AVI ",
        b"hdrl",
        b"strl",
        b"strh",
        b"strf",
        b"movi",
        b"idx1",
        b"indx",
        b"00dc",
        b"01wb",
    ),
    *(b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x16\x54\xae\x6b", b"\xae", b"\xa3"),
    *(b"GIF89a", b"ftyp", b"qt  ", b"isom", b"webm", b"matroska"),
)

Change = Callable[[random.Random, bytearray], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed file: its number, what it was before, and its bytes."""

    number: int
    origin: str
    content: bytes


class Herd:
    """All mutants of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._cases = everything()
        self._made: dict[str, bytes] = {}

    def mutant(self, number: int) -> Mutant:
        """The mutant of this number."""
        chance = random.Random(f"{self._seed} {number}")
        name, content = self._origin(chance)
        bent = bytearray(content)
        if chance.random() < SPLICED_SHARE:
            bent = spliced(chance, content, self._origin(chance)[1])
        # Half of them keep their length, so that more of them are still taken for a movie.
        changes = CHANGES if chance.random() < HALF else GENTLE
        for _ in range(min(chance.randint(1, MOST_CHANGES), chance.randint(1, MOST_CHANGES))):
            if bent:
                chance.choice(changes)(chance, bent)
        return Mutant(number, name, bytes(bent))

    def _origin(self, chance: random.Random) -> tuple[str, bytes]:
        """A file of the corpus that is small and not empty; each is made once, and only when it is wanted."""
        while True:
            case = chance.choice(self._cases)
            if case.name not in self._made:
                made = case.make()
                self._made[case.name] = made if len(made) <= LARGEST_BYTES else b""
            if content := self._made[case.name]:
                return case.name, content


def place(chance: random.Random, content: Sequence[int]) -> int:
    """Anywhere, but mostly where headers are: at the front, at the end, or near a name."""
    kind = chance.random()
    if kind < 0.3:
        return chance.randrange(min(len(content), HEAD_BYTES))
    if kind < 0.5:
        return chance.randrange(max(0, len(content) - HEAD_BYTES), len(content))
    if kind < 0.8 and isinstance(content, bytearray):
        at = content.find(chance.choice(NAMES), chance.randrange(len(content)))
        if at >= 0:
            return min(max(0, at + chance.randint(-8, 40)), len(content) - 1)
    return chance.randrange(len(content))


def flip(chance: random.Random, content: bytearray) -> None:
    """One bit."""
    content[place(chance, content)] ^= 1 << chance.randrange(8)


def set_byte(chance: random.Random, content: bytearray) -> None:
    """One byte to a value that is an edge of something."""
    content[place(chance, content)] = chance.choice(EDGES_OF_BYTES)


def set_word(chance: random.Random, content: bytearray) -> None:
    """Four bytes to a number that is an edge of something, or next to what they were."""
    at = place(chance, content)
    order = chance.choice(("big", "little"))
    if chance.random() < 0.3:
        word = int.from_bytes(content[at : at + 4], "big") + chance.choice((-1, 1, 8, -8, 256))
    else:
        word = chance.choice(EDGES_OF_WORDS)
    content[at : at + 4] = (word & 0xFFFFFFFF).to_bytes(4, "little" if order == "little" else "big")


def set_name(chance: random.Random, content: bytearray) -> None:
    """A name put where another is."""
    name = chance.choice(NAMES)
    at = place(chance, content)
    content[at : at + len(name)] = name


def remove(chance: random.Random, content: bytearray) -> None:
    """A stretch less."""
    at = place(chance, content)
    del content[at : at + chance.choice((1, 2, 4, 8, 64, 1024))]


def repeat(chance: random.Random, content: bytearray) -> None:
    """A stretch twice, or a hundred times."""
    at = place(chance, content)
    stretch = content[at : at + chance.choice((1, 4, 8, 64, 1024))]
    content[at:at] = stretch * chance.choice((1, 1, 1, 10, 100))


def noise(chance: random.Random, content: bytearray) -> None:
    """A stretch of noise."""
    at, length = place(chance, content), chance.choice((4, 16, 256))
    content[at : at + length] = chance.randbytes(length)


def cut(chance: random.Random, content: bytearray) -> None:
    """Nothing behind some place."""
    if chance.random() < 0.3:
        del content[place(chance, content) :]


def append(chance: random.Random, content: bytearray) -> None:
    """Something behind the end."""
    content += chance.randbytes(chance.choice((1, 8, 100)))


GENTLE: tuple[Change, ...] = (flip, flip, set_byte, set_byte, set_word, noise)
CHANGES: tuple[Change, ...] = (*GENTLE, set_name, remove, repeat, cut, append)


def spliced(chance: random.Random, first: bytes, second: bytes) -> bytearray:
    """The front of one file and the rest of another."""
    return bytearray(first[: chance.randrange(len(first))] + second[chance.randrange(len(second)) :])
