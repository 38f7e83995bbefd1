"""How far a long command has come: a bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from tqdm import tqdm

PLAIN_LINE_SECONDS = 10  # a log is not filled with bars


class Progress:
    """Shows progress on stderr; whatever else a command has to say goes through `say`, so that no line is torn."""

    def __init__(
        self, total: int, unit: str, say: Callable[[str], object], *, label: str = "", is_shown: bool = True
    ) -> None:
        """Begin at 0 of `total` units; `say` writes a line, there being no terminal; only shown if `is_shown`.

        A `label` says whose progress it is, where there may be several at once.
        """
        self.total, self.unit, self.label, self.is_shown = total, unit, label, is_shown
        self.done, self.skipped = 0, 0
        self.began = self.told = monotonic()
        self.write_line = say
        self.bar = None
        if is_shown and sys.stderr.isatty():
            self.bar = tqdm(total=total, unit=unit, desc=label, unit_scale=True, dynamic_ncols=True, smoothing=0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()
        elif self.is_shown and self.done > self.skipped:
            self.tell()

    def skip(self, amount: int) -> None:
        """Begin `amount` units further on: they were done before, and count for no rate."""
        self.done += amount
        self.skipped += amount
        if self.bar is not None:
            self.bar.initial = self.bar.n = self.done
            self.bar.refresh()

    def advance(self, amount: int) -> None:
        """Count `amount` more units as done."""
        self.done += amount
        if self.bar is not None:
            self.bar.update(amount)
        elif self.is_shown and monotonic() - self.told >= PLAIN_LINE_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Write one plain line: share, amount, time so far, time left, rate."""
        self.told = monotonic()
        elapsed = self.told - self.began
        meter = tqdm.format_meter(
            self.done,
            self.total,
            elapsed,
            ncols=0,
            prefix=self.label,
            unit=self.unit,
            unit_scale=True,
            initial=self.skipped,
        )
        self.write_line(meter)

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        if self.bar is not None:
            self.bar.clear()
        self.write_line(line)
        if self.bar is not None:
            self.bar.refresh()
