"""Check the subjects of commits: at most 72 characters, and one subject.

    commits            everything since the rule began
    commits RANGE      only these, such as main..HEAD

Two subjects are a semicolon, or a second `type:` or `type(scope):` in the line.
"""

import re

from release.programs import last_line, require, run
from release.report import Refused, say

LONGEST = 72
# The newest commit before the rule. Older history stays as it is.
BEGAN = "de4690ee42bfbbae1b7e122de223c79d5750bbb3"
TYPES = "feat|fix|docs|test|refactor|perf|build|ci|chore|style|revert"
SECOND = re.compile(rf".+[ ,](?:{TYPES})(?:\([^)]*\))?!?: ")


def complaint(subject: str) -> str:
    """What is wrong with a subject; empty if nothing."""
    if len(subject) > LONGEST:
        return f"{len(subject)} characters instead of at most {LONGEST}"
    if ";" in subject or SECOND.match(subject):
        return "two subjects: make two commits"
    return ""


def main(arguments: list[str]) -> None:
    if len(arguments) > 1:
        raise Refused("usage: commits [RANGE]")
    require("git")
    commits = subjects(arguments[0]) if arguments else since_the_rule()
    bad = [(name, subject) for name, subject in commits if complaint(subject)]
    for name, subject in bad:
        print(f"{name} {subject}\n    {complaint(subject)}")
    if bad:
        raise Refused(
            f"{len(bad)} of {len(commits)} commit subjects are not as CONTRIBUTING.md says"
        )
    say(f"the subjects of {len(commits)} commits are in order")


def since_the_rule() -> list[tuple[str, str]]:
    if run("git", "cat-file", "-e", f"{BEGAN}^{{commit}}").returncode == 0:
        return subjects(f"{BEGAN}..HEAD")
    return subjects("HEAD^!")  # a shallow clone has the newest commit only


def subjects(commits: str) -> list[tuple[str, str]]:
    """Short name and subject of each commit, without merges."""
    done = run("git", "log", "--no-merges", "--format=%h%x09%s", commits, "--")
    if done.returncode:
        raise Refused(f"git has no commits {commits}: {last_line(done)}")
    pairs = [line.partition("\t") for line in done.stdout.splitlines()]
    return [(name, subject) for name, _, subject in pairs]
