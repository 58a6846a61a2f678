"""The restore drill: it restores a backup, and fails on a damaged one."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "scripts/release"


def drill(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, "restore-drill", *arguments], capture_output=True, text=True)


def test_a_backup_is_restored_row_by_row() -> None:
    answer = drill()
    assert answer.returncode == 0, answer.stderr
    assert "restored and the schema is this version's" in answer.stdout


def test_a_damaged_backup_fails_the_drill(tmp_path: Path) -> None:
    damaged = tmp_path / "todo.dump"
    damaged.write_bytes(b"PGDMP" + bytes(200))
    answer = drill(damaged)
    assert answer.returncode != 0
    assert answer.stderr.startswith("restore-drill: pg_restore: ")
