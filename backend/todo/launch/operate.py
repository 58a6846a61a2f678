"""How an operator's command runs and fails. Imports what it needs late, so that `todo --help` is fast."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from todo.launch.installation import Operating


def operate(run: "Callable[[Operating], Awaitable[None]]") -> None:
    """Run with the database of this installation: DATABASE_URL, or the one that runs in the data folder."""
    import asyncio

    from todo.launch.installation import opened

    async def main() -> None:
        async with opened() as operating:
            await run(operating)

    asyncio.run(main())


def stop(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
