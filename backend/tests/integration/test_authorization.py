"""The authorization server: from registration to revocation, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.oauth import CALLBACK, Assistant, answer_request, assistant, query_of
from tests.harness.system import Person, System, running
from todo.authorization.caller import AuthorizedClient, caller_of
from todo.authorization.store import MOST_IDLE_CLIENTS
from todo.runtime.db.secrets import hash_secret
from todo.services import RETENTION


@pytest.fixture
async def helper(system: System) -> AsyncIterator[Assistant]:
    async with assistant(system) as made:
        assert (await made.register()).status_code == 201
        yield made


@pytest.fixture
async def ann(system: System) -> AsyncIterator[Person]:
    async with system.person() as person:
        yield person


async def known(system: System, token: str) -> AuthorizedClient | None:
    return await caller_of(system.context, token)


def error_of(answer: Any) -> str:
    return str(answer.json()["error"])


# Metadata ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/mcp"])
async def test_the_metadata_is_found_with_and_without_the_path_of_the_resource(
    system: System, path: str
) -> None:
    async with system.visitor() as http:
        server = await http.get(f"/.well-known/oauth-authorization-server{path}")
        resource = await http.get(f"/.well-known/oauth-protected-resource{path}")
    assert server.headers["access-control-allow-origin"] == "*"
    metadata = server.json()
    assert metadata["issuer"] == system.url
    assert metadata["client_id_metadata_document_supported"] is True
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["token_endpoint_auth_methods_supported"] == ["none"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert resource.json()["resource"] == f"{system.url}/mcp"
    assert resource.json()["authorization_servers"] == [system.url]


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/register", "/oauth/revoke"])
async def test_a_program_on_any_site_may_call_the_endpoints(system: System, path: str) -> None:
    site = {"Origin": "https://inspector.example.com"}
    async with system.visitor() as http:
        preflight = await http.options(
            path, headers={**site, "Access-Control-Request-Method": "POST"}
        )
        answer = await http.post(path, headers=site)
    assert preflight.status_code == 204
    for headers in (preflight.headers, answer.headers):
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers


# The whole flow ----------------------------------------------------------------------------------


async def test_an_allowed_assistant_acts_for_the_person_within_its_scopes(
    system: System, helper: Assistant, ann: Person
) -> None:
    request_id = await helper.request_id()
    shown = await ann.get(f"/api/oauth/requests/{request_id}")
    assert (shown["name"], shown["host"]) == ("Helper", None)
    assert shown["scopes"] == ["tasks:read", "tasks:write"]
    assert shown["is_on_this_device"] is True

    sent_to = await answer_request(ann, request_id, allow=True)
    answer = query_of(sent_to)
    assert sent_to.startswith(f"{CALLBACK}?")
    assert (answer["state"], answer["iss"]) == ("a state", system.url)

    tokens = (await helper.exchange(answer["code"])).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "tasks:read tasks:write"
    assert 0 < tokens["expires_in"] <= 3600
    client = await known(system, tokens["access_token"])
    assert client is not None
    assert client.caller.user_id == ann.id
    assert client.caller.actor == "client:Helper"
    assert client.scopes == {"tasks:read", "tasks:write"}
    assert (client.client_id, client.name) == (helper.client_id, "Helper")


async def test_a_refused_assistant_is_told_so_and_gets_nothing(
    system: System, helper: Assistant, ann: Person
) -> None:
    request_id = await helper.request_id()
    answer = query_of(await answer_request(ann, request_id, allow=False))
    assert (answer["error"], answer["state"]) == ("access_denied", "a state")
    assert answer["iss"] == system.url
    assert "code" not in answer
    again = await ann.http.post(f"/api/oauth/requests/{request_id}", json={"allow": True})
    assert again.status_code == 404


async def test_without_a_scope_all_are_asked_for(helper: Assistant, ann: Person) -> None:
    request_id = await helper.request_id(scope=None)
    shown = await ann.get(f"/api/oauth/requests/{request_id}")
    assert shown["scopes"] == ["tasks:read", "tasks:write", "tasks:delete"]


async def test_only_hashes_of_secrets_are_stored(
    system: System, helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann)
    tokens = (await helper.exchange(code)).json()
    rows = await system.fetch(
        """SELECT to_jsonb(x)::text AS row FROM oauth_request x UNION ALL
           SELECT to_jsonb(x)::text FROM oauth_token x"""
    )
    stored = "".join(row["row"] for row in rows)
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored


# Consent -----------------------------------------------------------------------------------------


async def test_consent_needs_a_session_of_the_same_site(
    system: System, helper: Assistant, ann: Person
) -> None:
    path = f"/api/oauth/requests/{await helper.request_id()}"
    async with system.visitor() as http:
        assert (await http.get(path)).status_code == 401
        assert (await http.post(path, json={"allow": True})).status_code == 401
    forged = await ann.http.post(
        path, json={"allow": True}, headers={"Origin": "https://evil.example"}
    )
    assert forged.status_code == 403
    assert (await ann.http.get(path)).status_code == 200


async def test_an_access_token_cannot_give_consent(
    system: System, helper: Assistant, ann: Person
) -> None:
    path = f"/api/oauth/requests/{await helper.request_id()}"
    made = (await ann.http.post("/api/tokens", json={"name": "script"})).json()
    async with system.visitor() as http:
        answer = await http.post(
            path, json={"allow": True}, headers={"Authorization": f"Bearer {made['token']}"}
        )
    assert answer.status_code == 403


async def test_a_request_is_answered_once(helper: Assistant, ann: Person) -> None:
    path = f"/api/oauth/requests/{await helper.request_id()}"
    answers = await asyncio.gather(*(ann.http.post(path, json={"allow": True}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    assert (await ann.http.get(path)).status_code == 404


async def test_an_expired_or_unknown_request_is_not_found(
    system: System, helper: Assistant, ann: Person
) -> None:
    expired = await helper.request_id()
    await system.context.db.pool.execute(
        "UPDATE oauth_request SET expires_at = now() WHERE id = $1::text::uuid", expired
    )
    for request_id in (expired, str(uuid4())):
        path = f"/api/oauth/requests/{request_id}"
        assert (await ann.http.get(path)).status_code == 404
        assert (await ann.http.post(path, json={"allow": True})).status_code == 404


# Authorization requests that are refused ---------------------------------------------------------


@pytest.mark.parametrize(
    "redirect_uri",
    [
        f"{CALLBACK}.",
        "http://127.0.0.1.:8765/callback",
        "http://127.0.0.1:8765/./callback",
        "http://localhost:8765/callback",
        "https://evil.example/callback",
        "javascript:alert(1)",
        "",
        None,
    ],
)
async def test_a_redirect_that_differs_by_a_dot_is_shown_and_never_followed(
    helper: Assistant, redirect_uri: str | None
) -> None:
    answer = await helper.authorize(redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "redirect_uri" in answer.json()["error_description"]


async def test_the_port_of_a_program_on_this_computer_may_change(
    helper: Assistant, ann: Person
) -> None:
    moved = CALLBACK.replace("8765", "51000")
    code = await helper.code(ann, redirect_uri=moved)
    assert (await helper.exchange(code, redirect_uri=CALLBACK)).status_code == 400
    assert (await helper.exchange(code, redirect_uri=moved)).status_code == 200


async def test_a_person_reads_why_an_assistant_cannot_be_connected(helper: Assistant) -> None:
    helper.http.headers["Accept"] = "text/html"
    answer = await helper.authorize(redirect_uri="https://evil.example/<script>alert(1)</script>")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "This assistant cannot be connected" in answer.text
    assert "<script>" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_an_unknown_client_is_refused_without_a_redirect(system: System) -> None:
    async with assistant(system) as made:
        for client_id in ("", str(uuid4()), "\0", "http://client.example.com/client.json"):
            made.client_id = client_id
            answer = await made.authorize()
            assert answer.status_code == 400, client_id
            assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "tasks:read admin"}, "invalid_scope"),
        ({"resource": "https://other.example.com/mcp"}, "invalid_target"),
        ({"state": "x" * 5000}, "invalid_request"),
    ],
)
async def test_a_bad_request_is_answered_to_the_client_with_the_issuer(
    system: System, helper: Assistant, changes: dict[str, str | None], error: str
) -> None:
    answer = await helper.authorize(**changes)
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(f"{CALLBACK}?")
    said = query_of(location)
    assert (said["error"], said["iss"]) == (error, system.url)
    assert said["state"].startswith(("a state", "x"))


async def test_a_challenge_without_a_method_is_never_read_as_plain(
    helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann, code_challenge=helper.challenge, code_challenge_method=None)
    plain = await helper.exchange(code, code_verifier=helper.challenge)
    assert (plain.status_code, error_of(plain)) == (400, "invalid_grant")


async def test_a_repeated_parameter_is_refused(helper: Assistant) -> None:
    answer = await helper.http.get(
        f"/oauth/authorize?client_id={helper.client_id}&client_id=other&redirect_uri={CALLBACK}"
    )
    assert (answer.status_code, "location" in answer.headers) == (400, False)


# Codes -------------------------------------------------------------------------------------------


async def test_a_replayed_code_is_refused_and_ends_what_it_granted(
    system: System, helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann)
    tokens = (await helper.exchange(code)).json()
    assert await known(system, tokens["access_token"]) is not None
    again = await helper.exchange(code)
    assert (again.status_code, error_of(again)) == (400, "invalid_grant")
    assert await known(system, tokens["access_token"]) is None
    assert (await helper.refresh(tokens["refresh_token"])).status_code == 400
    assert (await ann.get("/api/connected-assistants"))["items"] == []


async def test_of_concurrent_exchanges_of_a_code_no_token_survives(
    system: System, helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann)
    answers = await asyncio.gather(*(helper.exchange(code) for _ in range(5)))
    granted = [a.json()["access_token"] for a in answers if a.status_code == 200]
    assert len(granted) == 1
    assert await known(system, granted[0]) is None


async def test_a_code_expires_after_a_minute(
    system: System, helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann)
    left = await system.value(
        "SELECT extract(epoch FROM expires_at - now()) FROM oauth_request WHERE code_hash = $1",
        hash_secret(code),
    )
    # The unit's clock may be some milliseconds ahead of the database's.
    assert 50 < round(left) <= 60
    await system.context.db.pool.execute(
        "UPDATE oauth_request SET expires_at = now() WHERE code_hash = $1", hash_secret(code)
    )
    late = await helper.exchange(code)
    assert (late.status_code, error_of(late)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}."}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"resource": "https://other.example.com/mcp"}, "invalid_target"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"grant_type": "password"}, "invalid_request"),
    ],
)
async def test_a_code_is_bound_to_its_request(
    helper: Assistant, ann: Person, changes: dict[str, str | None], error: str
) -> None:
    code = await helper.code(ann)
    refused = await helper.exchange(**{"code": code, **changes})
    assert (refused.status_code, error_of(refused)) == (400, error)
    assert refused.headers["cache-control"] == "no-store"
    assert (await helper.exchange(code)).status_code == 200


async def test_a_code_of_one_client_is_of_no_use_to_another(
    system: System, helper: Assistant, ann: Person
) -> None:
    code = await helper.code(ann)
    async with assistant(system) as other:
        await other.register(client_name="Other")
        other.verifier = helper.verifier
        stolen = await other.exchange(code)
        assert (stolen.status_code, error_of(stolen)) == (400, "invalid_grant")
        other.client_id = str(uuid4())
        unknown = await other.exchange(code)
        assert (unknown.status_code, error_of(unknown)) == (401, "invalid_client")


# Tokens ------------------------------------------------------------------------------------------


async def test_a_refresh_token_is_used_once_and_replaced(
    system: System, helper: Assistant, ann: Person
) -> None:
    first = await helper.connect(ann)
    second = (await helper.refresh(first["refresh_token"])).json()
    third = (await helper.refresh(second["refresh_token"])).json()
    assert len({t["refresh_token"] for t in (first, second, third)}) == 3
    client = await known(system, third["access_token"])
    assert client is not None
    assert client.caller.user_id == ann.id


async def test_a_stolen_refresh_token_ends_the_whole_family(
    system: System, helper: Assistant, ann: Person
) -> None:
    first = await helper.connect(ann)
    second = (await helper.refresh(first["refresh_token"])).json()
    stolen = await helper.refresh(first["refresh_token"])
    assert (stolen.status_code, error_of(stolen)) == (400, "invalid_grant")
    for token in (first["access_token"], second["access_token"]):
        assert await known(system, token) is None
    assert (await helper.refresh(second["refresh_token"])).status_code == 400


async def test_of_concurrent_uses_of_a_refresh_token_no_token_survives(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    answers = await asyncio.gather(*(helper.refresh(tokens["refresh_token"]) for _ in range(5)))
    granted = [a.json()["access_token"] for a in answers if a.status_code == 200]
    assert len(granted) <= 1
    for token in granted:
        assert await known(system, token) is None


async def test_a_refreshed_token_may_do_less_but_never_more(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    more = await helper.refresh(tokens["refresh_token"], scope="tasks:read tasks:delete")
    assert (more.status_code, error_of(more)) == (400, "invalid_scope")
    less = (await helper.refresh(tokens["refresh_token"], scope="tasks:read")).json()
    client = await known(system, less["access_token"])
    assert client is not None
    assert client.scopes == {"tasks:read"}
    again = (await helper.refresh(less["refresh_token"])).json()
    assert again["scope"] == "tasks:read tasks:write"


async def test_a_refresh_token_of_one_client_is_of_no_use_to_another(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    async with assistant(system) as other:
        await other.register(client_name="Other")
        stolen = await other.refresh(tokens["refresh_token"])
        assert (stolen.status_code, error_of(stolen)) == (400, "invalid_grant")
    wrong = await helper.refresh(tokens["refresh_token"], resource="https://other.example.com/mcp")
    assert (wrong.status_code, error_of(wrong)) == (400, "invalid_target")
    assert (await helper.refresh(tokens["refresh_token"])).status_code == 200


async def test_an_expired_token_does_nothing(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    await system.context.db.pool.execute(
        "UPDATE oauth_token SET expires_at = now() WHERE token_hash = ANY($1)",
        [hash_secret(tokens["access_token"]), hash_secret(tokens["refresh_token"])],
    )
    assert await known(system, tokens["access_token"]) is None
    assert error_of(await helper.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_a_token_for_another_audience_is_refused(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    await system.context.db.pool.execute(
        "UPDATE oauth_connection SET resource = 'https://other.example.com/mcp' WHERE user_id = $1",
        ann.id,
    )
    assert await known(system, tokens["access_token"]) is None


@pytest.mark.parametrize("of", ["access_token", "refresh_token"])
async def test_the_http_api_accepts_no_token_of_an_assistant(
    system: System, helper: Assistant, ann: Person, of: str
) -> None:
    secret = (await helper.connect(ann))[of]
    async with system.visitor() as http:
        for path in ("/api/tasks", "/api/me", "/api/connected-assistants"):
            answer = await http.get(path, headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 401
        http.cookies.set("todo_session", secret)
        assert (await http.get("/api/tasks")).status_code == 401


async def test_other_secrets_are_no_access_tokens_of_an_assistant(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    personal = (await ann.http.post("/api/tokens", json={"name": "script"})).json()["token"]
    session = str(ann.http.cookies["todo_session"])
    for secret in (tokens["refresh_token"], personal, session, "", "tdoa_", "tdoa_x\0"):
        assert await known(system, secret) is None


# Revocation and the settings ---------------------------------------------------------------------


@pytest.mark.parametrize("of", ["access_token", "refresh_token"])
async def test_a_revoked_token_ends_its_connection(
    system: System, helper: Assistant, ann: Person, of: str
) -> None:
    tokens = await helper.connect(ann)
    answer = await helper.http.post(
        "/oauth/revoke", data={"token": tokens[of], "client_id": helper.client_id}
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert await known(system, tokens["access_token"]) is None
    assert error_of(await helper.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_revoking_what_is_unknown_succeeds_and_changes_nothing(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    for form in (
        {"token": "unknown", "client_id": helper.client_id},
        {"token": tokens["access_token"], "client_id": "another"},
    ):
        assert (await helper.http.post("/oauth/revoke", data=form)).status_code == 200
    missing = await helper.http.post("/oauth/revoke", data={"client_id": helper.client_id})
    assert (missing.status_code, error_of(missing)) == (400, "invalid_request")
    assert await known(system, tokens["access_token"]) is not None


async def test_a_disconnected_assistant_is_refused_at_its_next_request(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    assert await known(system, tokens["access_token"]) is not None
    [shown] = (await ann.get("/api/connected-assistants"))["items"]
    assert (shown["name"], shown["host"], shown["changes"]) == ("Helper", None, 0)
    assert shown["scopes"] == ["tasks:read", "tasks:write"]
    assert shown["last_used_at"] is not None
    async with system.person() as bob:
        assert (await bob.get("/api/connected-assistants"))["items"] == []
        foreign = await bob.http.delete(f"/api/connected-assistants/{shown['id']}")
        assert foreign.status_code == 404
    assert (await ann.http.delete(f"/api/connected-assistants/{shown['id']}")).status_code == 204
    assert await known(system, tokens["access_token"]) is None
    assert (await helper.refresh(tokens["refresh_token"])).status_code == 400
    assert (await ann.get("/api/connected-assistants"))["items"] == []


async def test_one_connection_ends_without_the_others_of_the_same_client(
    system: System, helper: Assistant, ann: Person
) -> None:
    laptop, desktop = await helper.connect(ann), await helper.connect(ann)
    newest, _ = (await ann.get("/api/connected-assistants"))["items"]
    await ann.http.delete(f"/api/connected-assistants/{newest['id']}")
    assert await known(system, laptop["access_token"]) is not None
    assert await known(system, desktop["access_token"]) is None


async def test_the_settings_say_what_an_assistant_did(
    system: System, helper: Assistant, ann: Person
) -> None:
    await helper.connect(ann)
    for number in range(4):
        await system.context.db.pool.execute(
            """INSERT INTO audit_log (event_id, type, event_type, user_id, task_id, actor, data, at)
               VALUES ($1, 'todo.task.updated.v1', 'task_updated', $2, $3, $4, $5, now())""",
            uuid4(), ann.id, number, "client:Helper" if number else "person",
            {"task_data": {"title": f"Task {number}"}},
        )  # fmt: skip
    [shown] = (await ann.get("/api/connected-assistants"))["items"]
    assert shown["changes"] == 3
    assert [change["title"] for change in shown["last_changes"]] == ["Task 3", "Task 2", "Task 1"]


async def test_an_account_that_is_deleted_takes_its_connections_along(
    system: System, helper: Assistant, ann: Person
) -> None:
    tokens = await helper.connect(ann)
    await system.context.db.pool.execute("DELETE FROM account WHERE id = $1", ann.id)
    assert await known(system, tokens["access_token"]) is None


# Registration ------------------------------------------------------------------------------------


async def test_every_registered_client_is_public(helper: Assistant) -> None:
    answer = await helper.register(
        token_endpoint_auth_method="client_secret_post", grant_types=["authorization_code"]
    )
    assert answer.status_code == 201
    registered = answer.json()
    assert registered["token_endpoint_auth_method"] == "none"
    assert registered.get("client_secret") is None
    assert registered["grant_types"] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://client.example.com/callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK, "data:text/html,x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"{CALLBACK}/{n}" for n in range(21)]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_client_metadata"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"scope": "admin"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ],
)
async def test_a_registration_that_cannot_work_is_refused(
    helper: Assistant, metadata: dict[str, Any], error: str
) -> None:
    answer = await helper.register(**metadata)
    assert (answer.status_code, error_of(answer)) == (400, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
async def test_a_registration_that_is_no_json_object_is_refused(
    helper: Assistant, body: bytes
) -> None:
    answer = await helper.http.post("/oauth/register", content=body)
    assert (answer.status_code, error_of(answer)) == (400, "invalid_client_metadata")


async def test_a_hostile_name_is_shown_in_one_visible_line(helper: Assistant, ann: Person) -> None:
    await helper.register(client_name="\u202e<b>Claude</b>\n\u200bby Todo\x00" + "x" * 200)
    shown = await ann.get(f"/api/oauth/requests/{await helper.request_id()}")
    assert shown["name"].startswith("<b>Claude</b> by Todo")
    assert len(shown["name"]) <= 80
    assert shown["host"] is None


async def test_registrations_are_limited_in_rate_and_number(make_database: MakeDatabase) -> None:
    settings = settings_for(await make_database(), login_limit="3/hour")
    async with running(settings) as system, assistant(system) as made, system.person() as ann:
        tokens = await made.connect(ann)
        await system.context.db.pool.execute(
            """INSERT INTO oauth_client (id, name, created_at)
               SELECT 'idle-' || n, 'Idle', now() - interval '1 hour' - n * interval '1 second'
               FROM generate_series(1, $1) n""",
            MOST_IDLE_CLIENTS,
        )
        assert (await made.register()).status_code == 201
        idle = """SELECT count(*) FROM oauth_client c
                  WHERE NOT EXISTS (SELECT FROM oauth_connection WHERE client_id = c.id)"""
        assert await system.value(idle) == MOST_IDLE_CLIENTS
        # The connected client was the oldest but one, and stays.
        assert await known(system, tokens["access_token"]) is not None
        answers = [await made.register() for _ in range(3)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0


async def test_what_has_expired_is_deleted(system: System, helper: Assistant, ann: Person) -> None:
    tokens = await helper.connect(ann)
    pool = system.context.db.pool
    await pool.execute("UPDATE oauth_request SET expires_at = now() - interval '2 days'")
    await pool.execute("UPDATE oauth_token SET expires_at = now() - interval '1 second'")
    await pool.execute("UPDATE oauth_connection SET created_at = now() - interval '2 days'")
    await pool.execute("UPDATE oauth_client SET created_at = now() - interval '31 days'")
    for statement in RETENTION:
        if "oauth_" in statement:
            await pool.execute(statement)
    for table in ("oauth_request", "oauth_token", "oauth_connection", "oauth_client"):
        assert await system.value(f"SELECT count(*) FROM {table}") == 0
    assert await known(system, tokens["access_token"]) is None
