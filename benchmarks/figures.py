"""How figures are taken and printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MEGA = 1_000_000
CLOCK_TICKS_PER_SECOND = 100
"""Linux: proc(5), the unit of a process's times; the same on every common build."""

NOISE = 1.05
"""Two figures this close are equal."""


def resident_bytes(pid: int) -> int:
    """What the system counts as resident for one process, without its children (Linux: proc(5), VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def processor_seconds(pid: int) -> float:
    """What one process has used of the processors so far, without its children (Linux: proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_SECOND


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both programs. `better` says which way is good; None where neither is."""

    figure: str
    ours: float | None
    baseline: float | None
    unit: str = ""
    digits: int = 2
    less_is_better: bool | None = True

    def cells(self) -> tuple[str, str, str, str]:
        """Figure, ours, baseline, ratio; `worse` is said where ours is, by more than the noise."""
        return (self.figure, self._shown(self.ours), self._shown(self.baseline), self._ratio())

    def _shown(self, value: float | None) -> str:
        return "–" if value is None else f"{value:,.{self.digits}f} {self.unit}".rstrip()

    def _ratio(self) -> str:
        if self.ours is None or self.baseline is None:
            return "–"
        ratio = f"{self.ours / self.baseline:.2f}" if self.baseline else "–"
        return f"{ratio}  ours is worse" if self._is_worse(self.ours, self.baseline) else ratio

    def _is_worse(self, ours: float, baseline: float) -> bool:
        if self.less_is_better is None:
            return False
        larger, smaller = (ours, baseline) if self.less_is_better else (baseline, ours)
        return larger > smaller * NOISE


def table(title: str, lines: Sequence[Line]) -> list[str]:
    """Lines to print, the columns as wide as they have to be."""
    rows = [("figure", "ours", "baseline", "ratio"), *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [title] + [
        f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}" for row in rows
    ]
