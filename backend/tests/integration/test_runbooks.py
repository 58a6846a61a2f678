"""The commands of the runbooks work when pasted: every query on the real schema, every command of ours exists."""

import re
import subprocess

import asyncpg
import yaml
from release.monitoring.metrics_table import declared, exported_name
from release.programs import CHART, ROOT
from typer.testing import CliRunner

from todo.cli import app
from todo.services import SAMPLES, SERVICES

NAMES = {service.app_id for service in SERVICES}
EXPORTED = {
    exported_name(metric) + suffix
    for metric in declared()
    for suffix in ("", "_sum", "_count", "_bucket")
}
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
    blocks = _blocks()
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


def test_every_port_that_is_asked_was_forwarded_to_one_that_the_chart_opens() -> None:
    """Or it is the public port of one machine, and the line says so."""
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())["serviceDefaults"]
    opened = {str(defaults["port"]), str(defaults["metricsPort"])}
    for page, block in _blocks():
        forwarded = set()
        for line in block.splitlines():
            if found := re.match(r"kubectl port-forward deploy/(\S+) (\d+):(\d+) &", line):
                assert found[1] in {"$CONSUMER", *NAMES}, f"{page}: {line}"
                assert found[3] in opened, f"{page}: {line}"
                forwarded.add(found[2])
            elif asked := re.match(r"curl .*localhost:(\d+)", line):
                assert asked[1] in forwarded or "# on one machine" in line, f"{page}: {line}"


def test_a_metric_is_asked_of_a_process_that_tells_it() -> None:
    """Every process has every metric, but a gauge that it does not set says 0 there."""
    sampled = {exported_name(gauge) for sample in SAMPLES for gauge in sample.gauges}
    count = 0
    for page, block in _blocks():
        forwarded = re.findall(r"port-forward deploy/(\S+) (\d+):9090", block)
        processes = {local: name for name, local in forwarded}
        for local, pattern in re.findall(r"localhost:(\d+)/metrics \| grep -E '(.+?)'", block):
            asked = {name for name in sampled if re.match(pattern, name)}
            assert not asked or processes[local] == "todo-backend", f"{page}: {asked}"
            assert any(re.match(pattern.partition(".*")[0], name) for name in EXPORTED), pattern
            count += 1
    assert count > 15


def _blocks() -> list[tuple[str, str]]:
    return [
        (page.name, block)
        for page in PAGES
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.DOTALL)
    ]
