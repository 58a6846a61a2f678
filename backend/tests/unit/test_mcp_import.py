"""The MCP SDK (55 MB) is imported by the first request to /mcp, and by no service at its start."""

import subprocess
import sys

START = """
import sys
from todo.runtime.app import build_app
from todo.runtime.settings import Settings
from todo.services import SERVICES
build_app(SERVICES, Settings(_env_file=None))
print(sorted({name.partition('.')[0] for name in sys.modules} & {'mcp', 'mcp_types', 'agents', 'openai'}))
"""


def test_no_service_imports_the_sdks_at_its_start() -> None:
    started = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True
    )
    assert started.stdout.strip() == "[]"
