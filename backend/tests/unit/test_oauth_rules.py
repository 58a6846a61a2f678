"""Redirect URIs, resources and names of clients."""

import subprocess
import sys

import pytest

from tests.conftest import settings_for
from todo.authorization.names import NAMELESS, readable
from todo.authorization.redirects import is_registered, problem_with
from todo.authorization.scopes import is_our_resource

ACCEPTED = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://chatgpt.com/connector/oauth/IbUR3zxyNQ16",
    "http://localhost/callback",
    "http://localhost:33418",
    "http://127.0.0.1:1234/",
    "http://[::1]:1234/callback?a=b",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://vscode.microsoft-authentication",
    "com.example.app:/oauth",
]
REFUSED = [
    "",
    "javascript:alert(1)//https://",
    "JavaScript:alert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "vbscript:x",
    "ms-msdt:/id",
    "intent://x#Intent;end",
    "http://client.example.com/callback",
    "http://localhost.evil.example/callback",
    "http://localhost:80@evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "https://user@client.example.com/callback",
    "https:///callback",
    "https://client.example.com/callback#fragment",
    "https://client.example.com/call back",
    "https://client.example.com\\@evil.example/",
    "https://client.example.com/\u202ecallback",
    "https://client.example.com/" + "x" * 2000,
    "//client.example.com/callback",
    "https://client.example.com:99999/callback",
    "https://a%b.example.com/callback",
    "http://localhost:99999/callback",
    "*",
]


@pytest.mark.parametrize("uri", ACCEPTED)
def test_a_client_may_have_this_redirect_uri(uri: str) -> None:
    assert problem_with(uri) is None
    assert is_registered(uri, [uri])


@pytest.mark.parametrize("uri", REFUSED)
def test_a_client_may_not_have_this_redirect_uri(uri: str) -> None:
    problem = problem_with(uri)
    assert problem is not None
    assert problem.endswith(".")
    assert not is_registered(uri, [uri])


@pytest.mark.parametrize(
    "sent",
    [
        "https://client.example.com/callback.",
        "https://client.example.com./callback",
        "https://client.example.com/./callback",
        "https://client.example.com/x/../callback",
        "https://client.example.com/callback/",
        "https://client.example.com:443/callback",
        "https://CLIENT.example.com/callback",
        "https://client.example.com/%63allback",
        "https://client.example.com/callback?x",
        "https://client.example.com:8443/callback",
        "https://evil.client.example.com/callback",
        "http://client.example.com/callback",
        "http://localhost/callback",
    ],
)
def test_a_redirect_uri_matches_exactly(sent: str) -> None:
    assert not is_registered(sent, ["https://client.example.com/callback"])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_the_port_of_a_loopback_redirect_is_free(host: str) -> None:
    registered = [f"http://{host}:3000/callback"]
    assert is_registered(f"http://{host}:51234/callback", registered)
    assert is_registered(f"http://{host}/callback", registered)
    assert not is_registered(f"http://{host}:51234/other", registered)
    assert not is_registered(f"http://{host}:51234/callback.", registered)
    assert not is_registered(f"https://{host}:51234/callback", registered)
    assert not is_registered("http://127.0.0.2:3000/callback", registered)


def test_one_loopback_host_does_not_stand_for_another() -> None:
    assert not is_registered("http://localhost:1/callback", ["http://127.0.0.1:1/callback"])


@pytest.mark.parametrize(
    ("sent", "ours"),
    [
        (None, True),
        ("", True),
        ("https://todo.example.com/mcp", True),
        ("https://todo.example.com/mcp/", True),
        ("HTTPS://Todo.example.com/mcp", True),
        ("https://todo.example.com", False),
        ("https://todo.example.com/MCP", False),
        ("https://todo.example.com./mcp", False),
        ("https://todo.example.com.evil.example/mcp", False),
        ("https://other.example.com/mcp", False),
        ("http://todo.example.com/mcp", False),
        ("http://[", False),
    ],
)
def test_only_the_mcp_server_is_a_resource(sent: str | None, ours: bool) -> None:
    settings = settings_for("postgres://x", public_url="https://todo.example.com")
    assert is_our_resource(sent, settings) is ours


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Claude Code", "Claude Code"),
        ("  two\n lines\t ", "two lines"),
        ("\u202eedoc\u202c", "edoc"),
        ("\u2066a\u2069\u200b\u200f\ufeffb\x00", "ab"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("עוזר", "עוזר"),
        ("x" * 500, "x" * 80),
        ("\u200b\u202e", NAMELESS),
        ("", NAMELESS),
        (None, NAMELESS),
        (7, NAMELESS),
    ],
)
def test_a_name_is_shown_in_one_visible_line(given: object, shown: str) -> None:
    assert readable(given) == shown


def test_the_mcp_sdk_is_not_imported_at_the_start() -> None:
    """It costs half a second and 18 MB, in every service."""
    program = "import sys, todo.services; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
