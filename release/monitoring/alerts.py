"""The alerts with a threshold. Each has a page docs/runbooks/<name>.md and cases for promtool in
backend/tests/repository/test_alerts.py."""

import re
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["page", "ticket"]
Rule = dict[str, Any]


def duration(seconds: float) -> str:
    """In Prometheus's notation, with the largest unit that fits."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{max(round(seconds * 1000), 1)}ms"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much shorter the times are in a drill: the windows of rates, and the ages and waits."""

    windows: float = 1
    waits: float = 1

    def applied(self, expr: str) -> str:
        expr = re.sub(r"WINDOW\((\d+)\)", lambda m: duration(int(m[1]) * self.windows), expr)
        return re.sub(r"AGE\((\d+)\)", lambda m: f"{int(m[1]) * self.waits:g}", expr)


REAL = Scale()


@dataclass(frozen=True, slots=True)
class Alert:
    name: str
    severity: Severity
    # PromQL, with AGE(seconds) for a limit in seconds and WINDOW(seconds) for a range.
    expr: str
    # Seconds for which it has to hold.
    held: float
    # One sentence for the person who is woken. It may use {{ $labels.x }} and {{ $value }}.
    summary: str

    @property
    def page(self) -> str:
        """The file of its runbook: OutboxOld → outbox-old.md."""
        return f"{re.sub(r'(?<!^)(?=[A-Z])', '-', self.name).lower()}.md"

    def rule(self, scale: Scale = REAL) -> Rule:
        return {
            "alert": self.name,
            "expr": scale.applied(self.expr),
            "for": duration(self.held * scale.waits) if self.held else "0s",
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "runbook_url": f"docs/runbooks/{self.page}",
            },
        }


def _since(metric: str, by: str) -> str:
    return f"time() - max by ({by}) ({metric})"


_ROUND = 'todo_job_last_round_timestamp_seconds{name=~"relay|clock_reminders|deliver"}'
_MAIL = 'todo_deliveries_total{channel="email"'

# A gauge without labels that a process never sets is 0 there.
THRESHOLDS = (
    Alert(
        "OutboxOld",
        "page",
        "max(todo_outbox_oldest_seconds) > AGE(30)",
        60,
        "An event has waited in the outbox for {{ $value | humanizeDuration }}; normal is below a second.",
    ),
    Alert(
        "ConsumerLagging",
        "page",
        "max by (consumer, topic) (todo_consumer_lag_age_seconds) > AGE(60)",
        120,
        "{{ $labels.consumer }} has not read {{ $labels.topic }} for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        "DeadLetters",
        "ticket",
        "max by (consumer) (todo_dead_letters_open) > 0",
        60,
        "{{ $labels.consumer }} has given up on {{ $value }} events.",
    ),
    Alert(
        "TickMissing",
        "ticket",
        f"{_since('todo_tick_last_run_timestamp_seconds', 'tick')} > AGE(900)",
        60,
        "The cron job {{ $labels.tick }} last ran {{ $value | humanizeDuration }} ago, not 5 minutes.",
    ),
    Alert(
        "JobStuck",
        "page",
        f"{_since(_ROUND, 'name')} > AGE(60)",
        60,
        "The background task {{ $labels.name }} has done nothing for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        "JobRestarting",
        "ticket",
        "sum by (name) (increase(todo_job_restarts_total[WINDOW(900)])) > 3",
        0,
        "The background task {{ $labels.name }} fails again and again.",
    ),
    Alert(
        "RemindersOverdue",
        "page",
        "max(todo_reminders_oldest_due_seconds) > AGE(60)",
        60,
        "A reminder should have been sent {{ $value | humanizeDuration }} ago.",
    ),
    Alert(
        "DeliveriesWaiting",
        "ticket",
        "max by (channel) (todo_deliveries_oldest_due_seconds) > AGE(600)",
        300,
        "A message over {{ $labels.channel }} has waited for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        "MailFailing",
        "page",
        f"""sum(increase({_MAIL}, outcome="failed"}}[WINDOW(900)])) > 5"""
        f""" and sum(increase({_MAIL}, outcome="failed"}}[WINDOW(900)]))"""
        f""" > sum(increase({_MAIL}, outcome=~"sent|failed"}}[WINDOW(900)])) / 2""",
        0,
        "Most mails fail: the mail server is away, refuses us, or a quota is used up.",
    ),
    Alert(
        "DatabaseUnread",
        "page",
        "time() - max(todo_sampled_at_timestamp_seconds) > AGE(60)",
        60,
        "No process has read the database for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        "PoolExhausted",
        "page",
        'sum by (job, instance) (todo_database_connections{state="used"})'
        " >= on (job, instance) max by (job, instance) (todo_database_connections_max)",
        120,
        "{{ $labels.instance }} uses all {{ $value }} connections of its pool; requests wait for one.",
    ),
    Alert(
        "MetricsMissing",
        "page",
        "absent(todo_sampled_at_timestamp_seconds > 0)",
        300,
        "Prometheus reads no metrics of Todo: every other alert is blind.",
    ),
    Alert(
        "DiskFilling",
        "page",
        "min(todo_disk_free_bytes / todo_disk_size_bytes) < 0.1"
        " or min by (persistentvolumeclaim)"
        " (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes) < 0.1",
        300,
        "Only {{ $value | humanizePercentage }} of the disk is free.",
    ),
    Alert(
        "CertificateExpiring",
        "ticket",
        "min(todo_certificate_expires_timestamp_seconds > 0) - time() < 14 * 86400"
        " or min by (name) (certmanager_certificate_expiration_timestamp_seconds) - time() < 14 * 86400",
        900,
        "The certificate expires in {{ $value | humanizeDuration }}.",
    ),
    Alert(
        "ReplicationSlotBehind",
        "ticket",
        "max by (slot) (todo_replication_slot_retained_bytes) > 5e9",
        600,
        "PostgreSQL keeps {{ $value | humanize1024 }}B of WAL for the slot {{ $labels.slot }}; the disk fills up.",
    ),
    Alert(
        "BackupOld",
        "page",
        'time() - max by (cronjob) (kube_cronjob_status_last_successful_time{cronjob=~".*backup.*"}) > 93600',
        600,
        "The last good backup is {{ $value | humanizeDuration }} old.",
    ),
)
