"""Progress a person can follow: one line per step with its seconds.

Standard library only: the bootstrap uses it.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class CannotStart(Exception):
    """One line for the person at the keyboard: what is in the way, and what to do about it."""


class Steps:
    """`  ✓ database  0.3 s`. On a terminal the seconds run while the step does."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._live = self._out.isatty()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        finished = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(what, began, finished), daemon=True)
        ticker.start()
        try:
            yield
        except BaseException:
            self._end(ticker, finished, f"  ✗ {what}")
            raise
        self._end(ticker, finished, f"  ✓ {what}  {time.monotonic() - began:.1f} s")

    def line(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    def _tick(self, what: str, began: float, finished: threading.Event) -> None:
        if not self._live:
            # In a log only the slow steps are announced; the quick ones report when they are done.
            if not finished.wait(2):
                self.line(f"  … {what}")
            return
        while not finished.wait(0.2):
            self._out.write(f"\r\x1b[K  … {what}  {time.monotonic() - began:.0f} s")
            self._out.flush()

    def _end(self, ticker: threading.Thread, finished: threading.Event, text: str) -> None:
        finished.set()
        ticker.join()
        self.line(f"\r\x1b[K{text}" if self._live else text)
