"""The blows of the storm, each at its time, in an order that the seed decides."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.harness.storm.product import Product

# Longer than a consumer's session (6 s), shorter than all retries together.
_STOPPED_SECONDS = 9.0
_SAME_TARGET_SECONDS = 12.0
_FULL_SECONDS = 12.0

KINDS = ("kill", "stop", "neighbours", "empty-broker", "fill-disk", "jump-clock")


@dataclass
class Blows:
    product: Product
    chance: random.Random
    jump_seconds: float
    every: float
    counted: Counter[str] = field(default_factory=Counter)
    broker_was_emptied: bool = False
    # when a process may be hit again
    _free_at: dict[str, float] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _later: list["asyncio.Task[None]"] = field(default_factory=list)

    async def strike(self, kinds: Sequence[str], seconds: float) -> None:
        """All blows within `seconds`; returns when the last effect has ended."""
        began = time.monotonic()
        for at, kind in self._schedule(kinds, seconds):
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            match kind:
                case "kill" | "stop":
                    self._strike_process(stop=kind == "stop")
                case "empty-broker":
                    self._empty_broker()
                case "fill-disk":
                    self._run(self._fill_disk())
                case "jump-clock":
                    self._jump_clock()
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        await asyncio.gather(*self._later)
        if self.product.clock.offset:
            self.product.clock.set(0)

    def _schedule(self, kinds: Sequence[str], seconds: float) -> list[tuple[float, str]]:
        planned: list[tuple[float, str]] = []
        at = 0.0
        while (at := at + self.chance.uniform(0.25, 1.75) * self.every) < seconds:
            kind = "stop" if "stop" in kinds and self.chance.random() < 0.25 else "kill"
            if kind in kinds:
                planned.append((at, kind))
        # The rarer kinds come a few times, the first of them early: the product has to work on afterwards.
        for kind in {*kinds} & {"empty-broker", "fill-disk", "jump-clock"}:
            times = 4 if kind == "jump-clock" else 2
            planned += [
                (seconds * (number + self.chance.uniform(0.2, 0.8)) / times, kind)
                for number in range(times)
            ]
        return sorted(planned)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._later.append(asyncio.create_task(work))

    def _strike_process(self, *, stop: bool) -> None:
        """Every process once in random order, then again."""
        targets = self.product.targets()
        if not self._order:
            self._order = sorted(targets)
            self.chance.shuffle(self._order)
        now = time.monotonic()
        names = [n for n in self._order if n in targets and now > self._free_at.get(n, 0)]
        if not names:
            return
        name = names[0]
        self._free_at[name] = now + _SAME_TARGET_SECONDS
        if stop:
            with contextlib.suppress(ProcessLookupError):
                os.kill(targets[name], signal.SIGSTOP)
                self._free_at[name] += _STOPPED_SECONDS
                self._run(_continue(targets[name]))
        else:
            self._order.remove(name)
            if name == "the product":
                self._run(self.product.kill(family=self.chance.random() < 0.5))
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(targets[name], signal.SIGKILL)
        self._tell(f"{'stop' if stop else 'kill'} {name}")

    def _empty_broker(self) -> None:
        if self.product.ready:
            self.product.empty_broker()
            self.broker_was_emptied = True
            self._tell("empty-broker")

    async def _fill_disk(self) -> None:
        disk = self.product.disk
        assert disk is not None
        self._tell("fill-disk")
        await asyncio.to_thread(disk.fill)
        try:
            await asyncio.sleep(_FULL_SECONDS)
        finally:
            disk.free()

    def _jump_clock(self) -> None:
        clock = self.product.clock
        clock.set(0 if clock.offset else self.chance.choice((1, -1)) * self.jump_seconds)
        self._tell(f"jump-clock to {clock.offset:+.0f} s")

    def _tell(self, what: str) -> None:
        self.counted[what] += 1
        print(f"  {time.strftime('%H:%M:%S')} {what}", flush=True)


async def _continue(pid: int) -> None:
    try:
        await asyncio.sleep(_STOPPED_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
