"""The API matches its OpenAPI document: every operation, called with generated requests."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.harness.system import System

# tests/repository/test_contracts.py compares it with the code.
CONTRACT = Path(__file__).parents[3] / "specs/contracts/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations() -> list[str]:
    document = json.loads(CONTRACT.read_text())
    return [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]


@pytest.mark.parametrize("name", _operations())
async def test_generated_requests_are_answered_as_the_openapi_document_says(
    system: System, name: str
) -> None:
    async with system.person() as ann:
        await ann.add("known", due_date="2027-11-30T09:00:00Z", recurrence="weekly")
        cookies = {"todo_session": str(ann.http.cookies["todo_session"])}
        operation = schemathesis.openapi.from_dict(system.app.openapi()).find_operation_by_id(name)

        @settings(
            max_examples=12,
            derandomize=True,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def every(case: Any) -> None:
            answer = case.call(
                base_url=system.url, cookies=cookies, headers={"Origin": system.url}, timeout=20
            )
            case.validate_response(answer, checks=CHECKS)

        await asyncio.to_thread(every)
