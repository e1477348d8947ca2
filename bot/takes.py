"""What a provider takes: files of which kinds, sizes and lengths, and texts up to which length. Pure."""

from dataclasses import dataclass

from bot.clip import ClipKind, PictureKind


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Of the one file that is handed over; `seconds` are the shortest and the longest, of what moves."""

    kinds: frozenset[ClipKind | PictureKind]
    limit_bytes: int
    seconds: tuple[float, float] | None = None

    def fit(self, kind: ClipKind | PictureKind, size_bytes: int, seconds: float | None = None) -> bool:
        """Whether such a file is taken; `seconds` is None for a picture."""
        if kind not in self.kinds or size_bytes > self.limit_bytes:
            return False
        if self.seconds is None or seconds is None:
            return True
        shortest, longest = self.seconds
        return shortest <= seconds <= longest


@dataclass(frozen=True, slots=True)
class TextLimits:
    """In UTF-16 units; where the texts are `joined`, the two together have the room of the first."""

    prompt_units: int
    safety_units: int
    joined: bool = False

    def fit(self, prompt_units: int, safety_units: int) -> bool:
        """Whether texts of these lengths are taken."""
        if self.joined:
            return prompt_units + safety_units <= self.prompt_units
        return prompt_units <= self.prompt_units and safety_units <= self.safety_units
