"""One storm: start the product, let users work and blows strike, and check what is left."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.harness.storm.blows import KINDS, Blows
from tests.harness.storm.checks import settled
from tests.harness.storm.clients import Clients
from tests.harness.storm.product import Product, libfaketime


@dataclass(frozen=True)
class Plan:
    size: str
    seed: int
    seconds: float = 150
    users: int = 10
    completions: int = 400
    reminders: int = 200
    blows: Sequence[str] = KINDS
    jump_seconds: float = 90  # longer than the lease of a delivery
    every: float = 2  # seconds between two kills or stops, on average
    settle_within: float = 300


def blows_of(size: str, wanted: Sequence[str] = KINDS) -> tuple[str, ...]:
    """The embedded size has no broker with a folder of its own."""
    return tuple(b for b in wanted if size == "dapr" or b != "empty-broker")


async def storm(plan: Plan, folder: Path) -> dict[str, Any]:
    chance = random.Random(plan.seed)
    began = time.monotonic()
    library = libfaketime() if "jump-clock" in plan.blows else None
    product = Product(plan.size, folder, "fill-disk" in plan.blows, library)
    blows = Blows(product, chance, plan.jump_seconds, plan.every)
    good = False
    try:
        await product.start()
        async with Clients(product.installation.url, chance) as clients:
            await clients.arrive(plan.users)
            if "neighbours" in plan.blows:
                await clients.add_noise(product.clock)
            work = clients.work(plan.completions, plan.reminders, plan.seconds, product.clock)
            await asyncio.gather(work, blows.strike(plan.blows, plan.seconds))
            clients.quiet()
            found = await settled(
                product, clients, lost_broker=blows.broker_was_emptied, within=plan.settle_within
            )
        # The clients repeat a request after a 500, so nothing is lost, but a 500 is a bug.
        found["good"] &= not clients.journal.tried_again["500"]
        good = found["good"]
        return {
            "size": plan.size,
            "seed": plan.seed,
            "blows": list(plan.blows),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "users": plan.users,
            "acknowledged_completions": len(clients.journal.completed),
            "acknowledged_reminders": len(clients.journal.reminders),
            "answers_that_were_tried_again": dict(clients.journal.tried_again),
            "struck": dict(sorted(blows.counted.items())),
            "storm_seconds": plan.seconds,
            "seconds_between_kills": plan.every,
            "seconds_in_all": round(time.monotonic() - began, 1),
            "load_average": [round(x, 1) for x in os.getloadavg()],
            **found,
        }
    finally:
        await product.stop()
        product.remove(logs_to=None if good else folder / "kept-log")
