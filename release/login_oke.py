"""Log in to OKE without a stored key.

    login-oke

GitHub's token for this job is exchanged at the tenancy's identity domain for a session token of at most an
hour, bound to a key pair made here. Leaves ~/.oci/config and a kubeconfig.

    OCI_TENANCY, OCI_REGION, OCI_DOMAIN_URL, OKE_CLUSTER
    OCI_OIDC_CLIENT    id:secret of the OAuth client that may exchange tokens; useless without GitHub's token
"""

import base64
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from release.programs import must, require
from release.report import Refused, say, setting

AUDIENCE = "https%3A%2F%2Fcloud.oracle.com"
NO_JOB = "the job needs 'id-token: write'"
OCI_CLI = "oci-cli==3.95.1"


def main(arguments: list[str]) -> None:
    if arguments:
        raise Refused("usage: login-oke (settings come from the environment)")
    tenancy = setting("OCI_TENANCY", "the tenancy's OCID")
    region = setting("OCI_REGION", "the region, such as eu-frankfurt-1")
    domain = setting(
        "OCI_DOMAIN_URL", "the identity domain's address, https://idcs-….identity.oraclecloud.com"
    )
    client = setting("OCI_OIDC_CLIENT", "id:secret of the OAuth client that may exchange tokens")
    cluster = setting("OKE_CLUSTER", "the cluster's OCID")
    setting("ACTIONS_ID_TOKEN_REQUEST_URL", NO_JOB)
    setting("ACTIONS_ID_TOKEN_REQUEST_TOKEN", NO_JOB)
    require("openssl")
    if shutil.which("oci") is None:
        # The kubeconfig calls `oci` for a token, so it must stay on the PATH for the steps that follow.
        must("could not install the OCI command line", "pipx", "install", "--quiet", OCI_CLI)
    os.umask(0o077)
    home = Path.home() / ".oci"
    home.mkdir(parents=True, exist_ok=True)
    key = home / "session.pem"
    public, fingerprint = make_key(key)
    token = exchange(domain, client, identity_token(), public)
    if os.environ.get("GITHUB_ACTIONS"):
        print(f"::add-mask::{token}")
    (home / "token").write_text(token)
    (home / "config").write_text(
        f"[DEFAULT]\ntenancy={tenancy}\nregion={region}\nfingerprint={fingerprint}\n"
        f"key_file={key}\nsecurity_token_file={home / 'token'}\n"
    )
    write_kubeconfig(cluster, region)
    say(f"logged in to {cluster} for at most an hour")


def make_key(path: Path) -> tuple[str, str]:
    """A new RSA key in this file: its public half (DER, base64) and its fingerprint."""
    must("could not make a key", "openssl", "genrsa", "-out", path, "2048")
    public = subprocess.run(
        ["openssl", "rsa", "-in", str(path), "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    digest = subprocess.run(
        ["openssl", "md5", "-c"], input=public, capture_output=True, check=True
    ).stdout.decode()
    return base64.b64encode(public).decode(), digest.rpartition("=")[2].strip()


def identity_token() -> str:
    """GitHub's OIDC token for this job."""
    url = f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={AUDIENCE}"
    bearer = f"bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
    try:
        token = ask(url, bearer).get("value")
    except OSError:
        token = None
    if not token:
        raise Refused("GitHub gave no identity token for this job")
    return token


def exchange(domain: str, client: str, identity: str, public: str) -> str:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:oci:token-type:oci-upst",
        "subject_token_type": "jwt",
        "subject_token": identity,
        "public_key": public,
    }
    basic = f"Basic {base64.b64encode(client.encode()).decode()}"
    try:
        answer = ask(f"{domain.rstrip('/')}/oauth2/v1/token", basic, form)
    except OSError as error:
        raise Refused(f"the identity domain {domain} cannot be reached") from error
    if not answer.get("token"):
        raise Refused(
            f"the identity domain refused the exchange: {answer.get('error_description', '')} "
            "(is the trust set up for this repository and environment? docs/deploy/oke.md)"
        )
    return answer["token"]


def ask(url: str, authorization: str, form: dict[str, str] | None = None) -> dict[str, str]:
    """The JSON of an answer, of an error's too; empty when it is something else."""
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, data, {"Authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def write_kubeconfig(cluster: str, region: str) -> None:
    path = Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube/config")
    path.parent.mkdir(parents=True, exist_ok=True)
    must(
        f"no kubeconfig for {cluster}: is its OCID right, and may the service user use it?",
        *("oci", "ce", "cluster", "create-kubeconfig", "--auth", "security_token"),
        *("--with-auth-context", "--cluster-id", cluster, "--region", region, "--file", path),
        *("--token-version", "2.0.0", "--kube-endpoint", "PUBLIC_ENDPOINT", "--overwrite"),
    )
