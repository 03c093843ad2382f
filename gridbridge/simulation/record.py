"""What was measured in a world, kept as series that can be averaged."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

WINDOW_S = 5.0
"""Meter noise is averaged out over this."""


@dataclass(slots=True)
class Series:
    """Samples of one quantity; each value holds from the sample before it up to its own time."""

    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    _sums: list[float] = field(default_factory=list)

    def add(self, at: float, value: float) -> None:
        """Append a sample; times ascend."""
        step = at - self.times[-1] if self.times else 0.0
        total = self._sums[-1] if self._sums else 0.0
        self.times.append(at)
        self.values.append(value)
        self._sums.append(total + value * step)

    def average(self, start: float, end: float) -> float:
        """The mean over ``[start, end]``, which lies within the samples."""
        return (self._integral(end) - self._integral(start)) / (end - start)

    def _integral(self, at: float) -> float:
        index = bisect_right(self.times, at) - 1
        if index + 1 >= len(self.times):
            return self._sums[-1]
        index = max(index, 0)
        return self._sums[index] + self.values[index + 1] * (at - self.times[index])

    def highest_average(
        self, start: float, end: float, window_s: float = WINDOW_S
    ) -> float | None:
        """The highest mean over any window of that length within ``[start, end]``.

        None where the samples in it do not span a window. Windows end at samples.
        """
        if not self.times:
            return None
        start = max(start, self.times[0])
        ends = [at for at in self.times if start + window_s <= at <= end]
        return max((self.average(at - window_s, at) for at in ends), default=None)

    def first_calm(self, start: float, end: float, most: float) -> float | None:
        """When from `start` on the values came to `most` or below and stayed for a window."""
        since: float | None = None
        for at, value in zip(self.times, self.values, strict=True):
            if at < start:
                continue
            if value > most:
                since = None
            elif since is None:
                since = at
            if since is not None and (at - since >= WINDOW_S or at >= end):
                return since
            if at >= end:
                return None
        return since


@dataclass(slots=True)
class SiteRecord:
    """The series of one site."""

    evs_w: Series = field(default_factory=Series)
    """All EVSEs together, on the grid side."""
    base_w: Series = field(default_factory=Series)
    connection_w: Series = field(default_factory=Series)
    node_w: dict[str, Series] = field(default_factory=dict)
    node_amps: dict[str, tuple[Series, Series, Series]] = field(default_factory=dict)

    def series(self, applies_to: str) -> Series:
        """What a grid limit is about: ``evs``, ``connection`` or ``circuit:NAME``."""
        if applies_to.startswith("circuit:"):
            return self.node_w[applies_to.removeprefix("circuit:")]
        return {"evs": self.evs_w, "connection": self.connection_w}[applies_to]
