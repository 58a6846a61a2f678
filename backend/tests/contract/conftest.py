"""Fixtures that run every contract test over both runtimes, embedded and Dapr."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase
from tests.harness.probe import Probe
from tests.harness.worlds import Cluster, World, cluster, dapr_world, embedded_world
from todo.runtime.embedded import bus
from todo.runtime.observe import configure_logging

# The logging of the services. structlog's default prints tracebacks with all locals, which takes longer
# than a delivery may.
configure_logging("warning")


@pytest.fixture(scope="session")
async def around(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with cluster(tmp_path_factory.mktemp("stack")) as made:
        yield made


@pytest.fixture(scope="session")
async def embedded(make_database: MakeDatabase) -> AsyncIterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        # The attempts of a failing event would take 35 s in all; no test here is about the pauses between them.
        patch.setattr(bus, "_BACKOFF", (0.1, 0.3))
        async with embedded_world(await make_database(), Probe()) as world:
            yield world


@pytest.fixture(scope="session")
async def dapr(around: Cluster) -> AsyncIterator[World]:
    async with dapr_world(around, Probe()) as world:
        yield world


@pytest.fixture(params=["embedded", pytest.param("dapr", marks=pytest.mark.stack)])
def world(request: pytest.FixtureRequest) -> World:
    started: World = request.getfixturevalue(request.param)
    return started
