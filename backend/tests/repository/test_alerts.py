"""Each alert has a page, fires on what it is for and on nothing else, in promtool with the real windows."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from release.monitoring.metrics_table import declared, exported_name
from release.monitoring.rules import alerts, rule_groups
from release.programs import CHART, ROOT, run, tools_folder
from release.tools import ensure

pytestmark = pytest.mark.timeout(1800)  # the first run builds promtool

RUNBOOKS = ROOT / "docs/runbooks"
# Runbooks of what a person does, not of an alert.
TASKS = {"broker-lost.md"}
PAGE, TICKET = "page", "ticket"


@dataclass(frozen=True)
class Case:
    alert: str
    severity: str
    at: str
    # Series in promtool's notation: a value per minute, and per ten minutes if `at` is in hours.
    fires: dict[str, str]
    quiet: dict[str, str]

    @property
    def step(self) -> str:
        return "10m" if self.at.endswith("h") else "1m"


def _api(bad: str) -> dict[str, str]:
    route = 'method="GET", route="/api/tasks"'
    return {
        f'todo_http_requests_total{{{route}, status="200"}}': "0+600x450",
        f'todo_http_requests_total{{{route}, status="503"}}': bad,
    }


def _histogram(name: str, good: str, limit: str, labels: str = "") -> dict[str, str]:
    """100 observations per step, of which `good` are within the limit."""
    prefix = f"{labels}, " if labels else ""
    return {
        f"{name}_count{{{labels}}}": "0+100x450",
        f'{name}_bucket{{{prefix}le="{limit}"}}': good,
    }


def _disk(free: str) -> dict[str, str]:
    return {"todo_disk_free_bytes": free, "todo_disk_size_bytes": "100x20"}


def _used(count: int) -> dict[str, str]:
    return {
        'todo_database_connections{state="used", instance="a", job="todo"}': f"{count}x60",
        'todo_database_connections_max{instance="a", job="todo"}': "5x60",
    }


_REQUEST = ("todo_http_request_duration_seconds", "0.5", 'route="/api/tasks", method="GET"')
_DELIVERY = ("todo_event_delivery_seconds", "5.0", 'consumer="todo-audit"')
_LATENESS = ("todo_reminder_lateness_seconds", "60.0", "")
_LIVE = ("todo_live_update_delay_seconds", "2.0", "")


def _slow(metric: tuple[str, str, str], good: str) -> dict[str, str]:
    return _histogram(metric[0], good, metric[1], metric[2])


def _one(alert: str, severity: str, at: str, series: str, fires: str, quiet: str) -> Case:
    return Case(alert, severity, at, {series: fires}, {series: quiet})


def _slo(
    alert: str, metric: tuple[str, str, str], page: str, ticket: str, quiet: str
) -> tuple[Case, Case]:
    """`page`, `ticket`, `quiet`: the observations within the limit per step, of 100."""
    return (
        Case(alert, PAGE, "70m", _slow(metric, page), _slow(metric, quiet)),
        Case(alert, TICKET, "74h", _slow(metric, ticket), _slow(metric, quiet)),
    )


_LAG = 'todo_consumer_lag_age_seconds{consumer="todo-audit", topic="task-events"}'
_TICK = 'todo_tick_last_run_timestamp_seconds{tick="reminder-check"}'
_ROUND = 'todo_job_last_round_timestamp_seconds{name="clock_reminders"}'
_WAITING = 'todo_deliveries_oldest_due_seconds{channel="email"}'
_SENT, _FAILED = (
    f'todo_deliveries_total{{channel="email", outcome="{o}"}}' for o in ("sent", "failed")
)
_SLOT = 'todo_replication_slot_retained_bytes{slot="backup"}'
_BACKUP = 'kube_cronjob_status_last_successful_time{cronjob="todo-backup"}'
_EXPIRES = "todo_certificate_expires_timestamp_seconds"

CASES = (
    # 2 % of the answers fail, against a budget of 0.1 %; 0.05 % are within it.
    Case("ApiFailing", PAGE, "70m", _api("0+12x450"), _api("0+0.3x450")),
    # 0.2 % for three days: twice the budget, too slow to wake anyone.
    Case("ApiFailing", TICKET, "74h", _api("0+1.2x450"), _api("0+0.3x450")),
    *_slo("ApiSlow", _REQUEST, "0+70x450", "0+98x450", "0+99.5x450"),
    *_slo("EventsLate", _DELIVERY, "0+90x450", "0+99.8x450", "0+100x450"),
    *_slo("RemindersLate", _LATENESS, "0+90x450", "0+99.8x450", "0+100x450"),
    *_slo("LiveUpdatesLate", _LIVE, "0+70x450", "0+98x450", "0+99.5x450"),
    _one("OutboxOld", PAGE, "5m", "todo_outbox_oldest_seconds", "0+60x9", "0 60 0 1 60 0"),
    _one("ConsumerLagging", PAGE, "6m", _LAG, "0 10 70+60x9", "0 10 70 10 0 70 0"),
    _one("DeadLetters", TICKET, "3m", 'todo_dead_letters_open{consumer="todo-audit"}', "1x5", "0x5"),
    # The clock of promtool starts at 0: a value that stays is a run that is long ago.
    _one("TickMissing", TICKET, "20m", _TICK, "0x30", "0+60x30"),
    _one("JobStuck", PAGE, "5m", _ROUND, "0x10", "0+60x10"),
    _one("JobRestarting", TICKET, "15m", 'todo_job_restarts_total{name="relay"}', "0+1x20", "0x5 2x20"),
    _one("RemindersOverdue", PAGE, "4m", "todo_reminders_oldest_due_seconds", "0+60x9", "0 1 0 2 0"),
    _one("DeliveriesWaiting", TICKET, "20m", _WAITING, "0+60x30", "60x30"),
    # Silent: somebody's webhook fails, and a few mails of many.
    Case(
        "MailFailing", PAGE, "15m",
        {_FAILED: "0+1x20", _SENT: "0x20"},
        {_FAILED: "0+1x20", _SENT: "0+9x20", _FAILED.replace("email", "webhook"): "0+9x20"},
    ),
    _one("DatabaseUnread", PAGE, "5m", "todo_sampled_at_timestamp_seconds", "0x10", "0+60x10"),
    Case("PoolExhausted", PAGE, "5m", _used(5), _used(4)),
    _one("MetricsMissing", PAGE, "10m", "todo_sampled_at_timestamp_seconds", "0x20", "0+60x20"),
    Case("DiskFilling", PAGE, "10m", _disk("5x20"), _disk("20x20")),
    # Silent: a process that does not look at the certificate says 0.
    Case(
        "CertificateExpiring", TICKET, "20m",
        {_EXPIRES: "1000000x30"}, {_EXPIRES: "3000000x30", f'{_EXPIRES}{{instance="b"}}': "0x30"},
    ),
    _one("ReplicationSlotBehind", TICKET, "15m", _SLOT, "6000000000x20", "1000000x20"),
    _one("BackupOld", PAGE, "30h", _BACKUP, "0x190", "0x144 86400x46"),
)  # fmt: skip


def test_every_alert_has_a_case_and_a_page_and_no_other_has() -> None:
    named = {(alert.name, alert.severity) for alert in alerts()}
    assert {(case.alert, case.severity) for case in CASES} == named
    pages = {path.name for path in RUNBOOKS.glob("*.md")} - TASKS
    assert pages == {alert.page for alert in alerts()}


@pytest.mark.parametrize("page", sorted({alert.page for alert in alerts()}))
def test_a_page_answers_what_one_asks_at_night(page: str) -> None:
    text = (RUNBOOKS / page).read_text()
    sections = re.findall(r"^## (.+)$", text, re.M)
    assert sections == ["Meaning", "Impact", "Diagnosis", "Remedy", "Is it over?"]
    assert "```" in text.split("## Diagnosis")[1].split("## Remedy")[0], "no command to paste"


def test_rules_and_pages_use_metrics_that_exist() -> None:
    ours = {
        name + suffix
        for name in map(exported_name, declared())
        for suffix in ("", "_count", "_bucket", "_sum")
    }
    texts = [
        (CHART / "files/rules.yaml").read_text(),
        *(p.read_text() for p in RUNBOOKS.glob("*.md")),
    ]
    used = {name for text in texts for name in re.findall(r"\btodo_[a-z_]+\b(?!:)", text)}
    # A page may give the beginning of a name, for grep.
    unknown = {name for name in used if not any(our.startswith(name) for our in ours)}
    assert not unknown


@pytest.mark.parametrize(("alert", "step"), sorted({(case.alert, case.step) for case in CASES}))
def test_every_alert_fires_on_its_fault_and_on_nothing_else(
    tmp_path: Path, alert: str, step: str
) -> None:
    cases = [case for case in CASES if (case.alert, case.step) == (alert, step)]
    (tmp_path / "rules.yaml").write_text(json.dumps(_rules_of(alert)))
    tests = [
        _test(case, series, fires=series is case.fires)
        for case in cases
        for series in (case.fires, case.quiet)
    ]
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": step, "tests": tests}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(document))
    ensure(["promtool"])
    done = run(tools_folder() / "promtool", "test", "rules", "cases.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def _rules_of(alert: str) -> dict[str, object]:
    """The rules of an alert and those that it reads: promtool evaluates each at every step, for days."""
    return {
        "groups": [{**group, "rules": _read(group, alert)} for group in rule_groups()["groups"]]
    }


def _read(group: dict[str, Any], alert: str) -> list[dict[str, Any]]:
    """From the last rule to the first, because a rule reads only those before it."""
    rules: list[dict[str, Any]] = []
    for rule in reversed(group["rules"]):
        if rule.get("alert") == alert or any(_reads(later, rule) for later in rules):
            rules.insert(0, rule)
    return rules


def _reads(rule: dict[str, Any], recorded: dict[str, Any]) -> bool:
    chosen = "record" in recorded and f'{recorded["record"]}{{slo="{recorded["labels"]["slo"]}"}}'
    return bool(chosen) and chosen in rule["expr"]


def test_a_rule_is_recorded_only_if_another_one_reads_it() -> None:
    rules = [rule for group in rule_groups()["groups"] for rule in group["rules"]]
    unread = [
        one for one in rules if "record" in one and not any(_reads(rule, one) for rule in rules)
    ]
    assert not unread


def test_prometheus_accepts_the_rules() -> None:
    ensure(["promtool"])
    rules = CHART / "files/rules.yaml"
    done = run(tools_folder() / "promtool", "check", "rules", "--lint=all", "--lint-fatal", rules)
    assert done.returncode == 0, done.stdout + done.stderr


def _test(case: Case, series: dict[str, str], *, fires: bool) -> dict[str, object]:
    firing = f'ALERTS{{alertstate="firing", alertname="{case.alert}", severity="{case.severity}"}}'
    return {
        "name": f"{case.alert} {case.severity} {'fires' if fires else 'stays silent'}",
        "interval": case.step,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"count({firing})",
                "eval_time": case.at,
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }
