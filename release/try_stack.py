"""Start the product with `make up` as a newcomer does, then run the smoke test that guards a deployment.

try-stack embedded|dapr

UP_SECONDS    1200, until it must be ready
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from release import smoke
from release.programs import ROOT, require
from release.report import Refused


def main(arguments: list[str]) -> None:
    stack = " ".join(arguments) or "embedded"
    if stack not in ("embedded", "dapr"):
        raise Refused(f"no such stack: '{stack}' (embedded or dapr)")
    require("make")
    port = free_port()
    seconds = int(os.environ.get("UP_SECONDS") or 1200)
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "up.log"
        with log.open("w") as output:
            # A session of its own, so that make and everything it started get the signal together.
            product = subprocess.Popen(
                ["make", "-C", str(ROOT), "up"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ,
                    "STACK": stack,
                    "TODO_PORT": str(port),
                    "TODO_DATA_DIR": f"{scratch}/todo",
                },
            )
        try:
            problem = wait_and_test(product, f"http://127.0.0.1:{port}", seconds)
        finally:
            stop(product)
        if problem:
            print(*log.read_text().splitlines()[-30:], sep="\n", file=sys.stderr)
            raise Refused(f"make up STACK={stack} {problem}")


def wait_and_test(product: subprocess.Popen[bytes], url: str, seconds: int) -> str:
    """What is wrong with the product, or nothing."""
    deadline = time.monotonic() + seconds
    while not is_ready(url):
        if product.poll() is not None:
            return "ended by itself"
        if time.monotonic() > deadline:
            return f"was not ready after {seconds} s"
        time.sleep(1)
    try:
        smoke.main([url])
    except SystemExit as failed:
        print(failed.code, file=sys.stderr)
        return "runs, but its smoke test failed"
    return ""


def is_ready(url: str) -> bool:
    """The pages answer before the services do; a 401 for a stranger says that the API is there."""
    return status(f"{url}/login") == 200 and status(f"{url}/api/me") == 401


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def stop(product: subprocess.Popen[bytes]) -> None:
    if product.poll() is None:
        os.killpg(product.pid, signal.SIGTERM)
    product.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
