"""The output of a command for the CI job: progress, a line for the summary page, or the reason of a failure."""

import os
from pathlib import Path


class Refused(Exception):
    """The command cannot go on. The message is one line, because people read the last line of a failed job."""


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


def append(variable: str, text: str) -> None:
    """Add a line to the file that GitHub names in this variable; elsewhere the variable is not set."""
    if path := os.environ.get(variable):
        with Path(path).open("a") as file:
            file.write(f"{text}\n")


def summary(text: str) -> None:
    """Print a line and show it on the job's summary page."""
    print(text, flush=True)
    append("GITHUB_STEP_SUMMARY", text)


def setting(name: str, meaning: str) -> str:
    """The value of a required environment variable."""
    value = os.environ.get(name, "")
    if not value:
        raise Refused(f"{name} is not set: {meaning}")
    return value
