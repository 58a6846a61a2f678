"""The commands of the runbooks work when pasted: every query on the real schema, every command of ours exists."""

import re
import subprocess

import asyncpg
from release.programs import ROOT
from typer.testing import CliRunner

from todo.cli import app

PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))


def _found(pattern: str) -> list[tuple[str, str]]:
    """Each match, with the name of its page."""
    return [
        (page.name, found)
        for page in PAGES
        for found in re.findall(pattern, page.read_text(), re.M)
    ]


async def test_every_query_runs_on_the_schema(database_url: str) -> None:
    queries = _found(r'^psql "\$DATABASE_URL" -c "(.+?)"$')
    assert len(queries) > 15
    connection = await asyncpg.connect(database_url)
    try:
        for page, query in queries:
            try:
                await connection.fetch(query)
            except asyncpg.PostgresError as error:
                raise AssertionError(f"{page}: {query}: {error}") from None
    finally:
        await connection.close()


def test_a_shell_understands_every_block() -> None:
    blocks = [
        (page.name, block)
        for page in PAGES
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.DOTALL)
    ]
    assert len(blocks) > 20
    for page, block in blocks:
        done = subprocess.run(
            ["bash", "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{page}: {done.stderr}"


def test_every_command_of_ours_exists() -> None:
    commands = _found(r"(?:^|`)todo ([a-z-]+(?: [a-z]+)?)")
    assert len(commands) > 3
    for page, command in commands:
        asked = CliRunner().invoke(app, [*command.split(), "--help"])
        assert asked.exit_code == 0, f"{page}: todo {command}"


def test_every_link_between_pages_leads_somewhere() -> None:
    for page, target in _found(r"\]\(([a-z-]+\.md)\)"):
        assert (ROOT / "docs/runbooks" / target).exists(), f"{page} → {target}"
