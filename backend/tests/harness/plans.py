"""The plan of each query that a test runs."""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg


class Explaining:
    """A connection that also runs EXPLAIN with the generic plan for each query."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.plans: list[dict[str, Any]] = []

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        await self._connection.execute("SET plan_cache_mode = force_generic_plan")
        explained = await self._connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *values
        )
        self.plans.append(json.loads(explained)[0]["Plan"])
        return list(await self._connection.fetch(sql, *values))

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        return (await self.fetch(sql, *values))[0]


def indexes(plan: dict[str, Any]) -> set[str]:
    below = [indexes(child) for child in plan.get("Plans", [])]
    return {plan["Index Name"]} if "Index Name" in plan else set().union(*below)


def buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
