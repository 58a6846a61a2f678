"""`commits`: one subject, at most 72 characters."""

from pathlib import Path

import pytest
from release.commits import complaint

from tests.repository.commands import last_line, release, run


@pytest.mark.parametrize(
    "subject",
    [
        "feat(recurring): keep the 31st after February",
        "x" * 72,
        "docs: say when a commit is a fix and when it is a feat",
        "fix(http): send Retry-After: 3 with a 503",
        "refactor(runtime): divide the seam and name its folders",
        "Merge branch 'page-tasks'",
    ],
)
def test_one_short_subject_is_accepted(subject: str) -> None:
    assert complaint(subject) == ""


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        ("x" * 73, "73 characters"),
        ("fix(page): wait for news; follow a mail on its way", "two subjects"),
        ("fix(page): wait for news, test(e2e): await the process", "two subjects"),
        ("feat: a report and docs: its numbers", "two subjects"),
        ("feat!: drop the old route, fix: the new one", "two subjects"),
    ],
)
def test_a_long_or_double_subject_is_refused(subject: str, what: str) -> None:
    assert what in complaint(subject)


def test_the_commits_of_a_range_are_checked_and_named(tmp_path: Path) -> None:
    git = ("git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com")
    run("git", "init", "-q", tmp_path)
    for subject in ("chore: begin", "fix: one thing", "fix: one thing; another"):
        made = run(*git, "commit", "-q", "--allow-empty", "-m", subject)
        assert made.returncode == 0, made.stderr
    env = {"GIT_DIR": str(tmp_path / ".git")}
    good = release("commits", "HEAD~2..HEAD~1", env=env)
    assert (good.returncode, good.stdout) == (0, "==> the subjects of 1 commits are in order\n")
    bad = release("commits", "HEAD~2..HEAD", env=env)
    assert last_line(bad).startswith("commits: 1 of 2 commit subjects")
    assert "fix: one thing; another\n    two subjects: make two commits" in bad.stdout


def test_a_shallow_clone_checks_the_newest_commit(tmp_path: Path) -> None:
    git = ("git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com")
    run("git", "init", "-q", tmp_path)
    run(*git, "commit", "-q", "--allow-empty", "-m", "x" * 73)
    env = {"GIT_DIR": str(tmp_path / ".git")}
    assert "1 of 1 commit subjects" in last_line(release("commits", env=env))
