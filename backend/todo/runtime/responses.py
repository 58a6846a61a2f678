"""Problem details in the OpenAPI document, so that every answer a client may get is described."""

from typing import Any

from pydantic import BaseModel


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457, with the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": "Problem details", "content": content}
        for status in (*statuses, 413, 422, 503)
    }
