"""The reference: a minimal service. FastAPI, asyncpg, one statement for task, outbox row and NOTIFY.

It has no sessions, no validation beyond types, no reminders and no history: a lower bound to compare with.
"""

import json
import sys
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

SCHEMA = """
    CREATE TABLE IF NOT EXISTS ref_task (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text NOT NULL, title text NOT NULL,
        completed boolean NOT NULL DEFAULT false, due_date timestamptz, created_at timestamptz DEFAULT now());
    CREATE INDEX IF NOT EXISTS ref_task_due ON ref_task (user_id, due_date, id) WHERE NOT completed;
    CREATE TABLE IF NOT EXISTS ref_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb);
"""
CREATE = """
    WITH t AS (INSERT INTO ref_task (user_id, title) VALUES ($1, $2) RETURNING id, title, completed),
         o AS (INSERT INTO ref_outbox (payload) SELECT to_jsonb(t) FROM t),
         n AS (SELECT pg_notify('ref', 'x'))
    SELECT t.* FROM t, n
"""
UPDATE = """
    WITH t AS (UPDATE ref_task SET title = $2 WHERE id = $1 RETURNING id, title, completed),
         o AS (INSERT INTO ref_outbox (payload) SELECT to_jsonb(t) FROM t),
         n AS (SELECT pg_notify('ref', 'x'))
    SELECT t.* FROM t, n
"""


class Draft(BaseModel):
    title: str


def build(url: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        app.state.pool = await asyncpg.create_pool(url, min_size=1, max_size=10)
        await app.state.pool.execute(SCHEMA)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/tasks")
    async def create(draft: Draft, request: Request) -> Response:
        row = await request.app.state.pool.fetchrow(CREATE, "u", draft.title)
        return Response(json.dumps(dict(row)), 201, media_type="application/json")

    @app.get("/tasks/{task_id}")
    async def get(task_id: int, request: Request) -> Response:
        row = await request.app.state.pool.fetchrow(
            "SELECT id, title, completed FROM ref_task WHERE id = $1", task_id
        )
        return Response(json.dumps(dict(row)), media_type="application/json")

    @app.patch("/tasks/{task_id}")
    async def update(task_id: int, draft: Draft, request: Request) -> Response:
        row = await request.app.state.pool.fetchrow(UPDATE, task_id, draft.title)
        return Response(json.dumps(dict(row)), media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
