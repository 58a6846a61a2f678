"""`login-oke`: the exchange of tokens, with a server in place of Oracle's identity domain."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.repository.commands import last_line, release, stub


class Exchange(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, str]]
    refuse: bool

    def answer(self, body: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Authorization"], ""))
        self.answer({"value": "github.jwt.token"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((self.path, self.headers["Authorization"], body))
        self.answer(
            {"error_description": "No matching trust"} if self.refuse else {"token": "upst"}
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def domain() -> Iterator[tuple[str, type[Exchange]]]:
    handler = type("Handler", (Exchange,), {"seen": [], "refuse": False})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def oke_environment(url: str, tmp_path: Path) -> dict[str, str]:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    stub(bin_ / "oci", f'echo "$@" > {tmp_path}/oci.log')
    return {
        "HOME": str(tmp_path),
        "KUBECONFIG": str(tmp_path / "kube" / "config"),
        "TODO_TOOLS": str(bin_),
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/github?api-version=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job",
        "OCI_TENANCY": "ocid1.tenancy.oc1..t",
        "OCI_REGION": "eu-frankfurt-1",
        "OCI_DOMAIN_URL": url,
        "OCI_OIDC_CLIENT": "id:secret",
        "OKE_CLUSTER": "ocid1.cluster.oc1..c",
    }


def test_the_login_at_oke_exchanges_github_s_token_for_a_session(
    domain: tuple[str, type[Exchange]], tmp_path: Path
) -> None:
    url, handler = domain
    answer = release("login-oke", env=oke_environment(url, tmp_path))
    assert answer.returncode == 0, answer.stderr
    (asked, bearer, _), (endpoint, basic, form) = handler.seen
    assert asked == "/github?api-version=1&audience=https%3A%2F%2Fcloud.oracle.com"
    assert bearer == "bearer job"
    assert endpoint == "/oauth2/v1/token"
    assert basic == "Basic aWQ6c2VjcmV0"
    assert "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" in form
    assert "subject_token=github.jwt.token" in form
    assert (tmp_path / ".oci" / "token").read_text() == "upst"
    assert (tmp_path / ".oci" / "session.pem").stat().st_mode & 0o077 == 0
    config = (tmp_path / ".oci" / "config").read_text()
    assert re.search(r"^fingerprint=([0-9a-f]{2}:){15}[0-9a-f]{2}$", config, re.M)
    assert "--auth security_token --with-auth-context" in (tmp_path / "oci.log").read_text()


def test_a_refused_exchange_says_why(domain: tuple[str, type[Exchange]], tmp_path: Path) -> None:
    url, handler = domain
    handler.refuse = True
    assert "refused the exchange: No matching trust" in last_line(
        release("login-oke", env=oke_environment(url, tmp_path))
    )
