"""What the Agent Skills generate, given to a real broker and a real sidecar."""

import asyncio
import shutil
import sys
from pathlib import Path

import httpx2
import pytest

from tests.harness.system import eventually, free_port
from tests.harness.worlds import Cluster

pytestmark = pytest.mark.stack

SKILLS = Path(__file__).parents[3] / ".claude/skills"
TOPICS = SKILLS / "kafka-topic"


async def check(spec: Path, brokers: str) -> tuple[int, str]:
    script = TOPICS / "scripts/kafka_topic.py"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, "check", spec, brokers),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_broker_would_create_the_topics_and_creates_none(around: Cluster) -> None:
    spec = TOPICS / "examples/shop-java.yaml"
    for _ in range(2):
        assert await check(spec, around.brokers) == (
            0,
            "orders.placed: would be created\norders.placed.dead-letter: would be created\n"
            "prices: would be created\n",
        )


async def test_a_broker_refuses_more_copies_than_there_are_brokers(around: Cluster) -> None:
    code, said = await check(TOPICS / "examples/sensors-go.yaml", around.brokers)
    assert code == 1
    assert said.startswith("measurements_raw: the broker refuses it: ")


async def test_a_sidecar_loads_the_generated_components(around: Cluster, tmp_path: Path) -> None:
    components = tmp_path / "components"
    shutil.copytree(SKILLS / "dapr-component/examples/local-go", components)
    (tmp_path / "secrets.json").write_text('{"word": "hush"}')
    port = free_port()
    ports = {"http": port, "grpc": free_port(), "internal-grpc": free_port()}
    log = (tmp_path / "log").open("wb")
    sidecar = await asyncio.create_subprocess_exec(
        *(around.daprd, "--app-id", "try", "--resources-path", components),
        *(f"--dapr-{name}-port={number}" for name, number in ports.items()),
        *("--metrics-port", str(free_port()), "--dapr-listen-addresses", "127.0.0.1"),
        cwd=tmp_path,
        stdout=log,
        stderr=log,
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1.0") as http:

            async def loaded() -> set[str]:
                try:
                    answer = await http.get("/metadata")
                except httpx2.HTTPError:
                    return set()
                return {part["name"] for part in answer.json().get("components", ())}

            await eventually(loaded, {"events", "store", "secrets", "tick"}.issubset)
            assert (await http.get("/secrets/secrets/word")).json() == {"word": "hush"}
    finally:
        sidecar.terminate()
        await sidecar.wait()
        log.close()
