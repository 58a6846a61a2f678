"""Print the steps of a start, one line each with its seconds. Standard library only, for the bootstrap."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


class CannotStart(Exception):
    """The start failed. The message is one line: the reason, and what to do."""


class Steps:
    """Prints `  ✓ database  0.3 s`. On a terminal the seconds count up during the step."""

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
        with suppress(OSError):  # a full disk or a closed terminal must not end the supervision
            self._out.write(f"{text}\n")
            self._out.flush()

    def _tick(self, what: str, began: float, finished: threading.Event) -> None:
        if not self._live:
            # In a log file only slow steps are announced before they end.
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
