"""The service levels, and the rules that watch how fast each uses up its error budget.

The windows and factors are those of Google's SRE workbook, chapter 5: a fast burn pages, a slow one opens a
ticket. An alert needs both windows of a pair: the long one says that it matters, the short one that it goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from release.monitoring.alerts import Alert, Rule, Severity, duration

_API = 'route=~"/api/.*|/mcp"'


@dataclass(frozen=True, slots=True)
class Slo:
    name: str
    alert: str
    objective: float
    meaning: str
    # PromQL with {window}: the number of all and of bad events in that window.
    events: tuple[str, str]

    @property
    def budget(self) -> float:
        return round(1 - self.objective, 6)


def _slower(histogram: str, limit: float, labels: str = "") -> tuple[str, str]:
    """The number of all observations, and of those above a limit, which is one of the buckets."""
    total = f"sum(increase({histogram}_count{{{labels}}}[{{window}}]))"
    within = ", ".join(part for part in (labels, f'le="{limit:.1f}"') if part)
    return total, f"{total} - sum(increase({histogram}_bucket{{{within}}}[{{window}}]))"


SLOS = (
    Slo(
        "api-success",
        "ApiFailing",
        0.999,
        "99.9 % of the API's answers are not the server's fault (5xx)",
        (
            f"sum(increase(todo_http_requests_total{{{_API}}}[{{window}}]))",
            f'sum(increase(todo_http_requests_total{{{_API}, status=~"5.."}}[{{window}}]))',
        ),
    ),
    Slo(
        "api-latency",
        "ApiSlow",
        0.99,
        "99 % of the API's answers begin within 0.5 s",
        _slower("todo_http_request_duration_seconds", 0.5, _API),
    ),
    Slo(
        "event-delivery",
        "EventsLate",
        0.999,
        "99.9 % of the events are handled by their consumer within 5 s",
        _slower("todo_event_delivery_seconds", 5),
    ),
    Slo(
        "reminder-punctuality",
        "RemindersLate",
        0.999,
        "99.9 % of the reminders are in the app within 60 s of their time",
        _slower("todo_reminder_lateness_seconds", 60),
    ),
    Slo(
        "live-updates",
        "LiveUpdatesLate",
        0.99,
        "99 % of the changes reach the open windows within 2 s",
        _slower("todo_live_update_delay_seconds", 2),
    ),
)

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Burn:
    """`factor`: how many times faster than allowed the budget is used up."""

    severity: Severity
    long: int
    short: int
    factor: float


BURNS = (
    Burn("page", _HOUR, 5 * _MINUTE, 14.4),
    Burn("page", 6 * _HOUR, 30 * _MINUTE, 6),
    Burn("ticket", _DAY, 2 * _HOUR, 3),
    Burn("ticket", 3 * _DAY, 6 * _HOUR, 1),
)
# One failure of ten requests at night is no reason to wake anyone.
_LEAST_BAD = 5


def recording_rules(scale: float = 1) -> Iterator[Rule]:
    for slo in SLOS:
        for seconds in sorted({window for burn in BURNS for window in (burn.long, burn.short)}):
            window = duration(seconds * scale)
            total, bad = (text.replace("{window}", window) for text in slo.events)
            recorded = f"todo_slo:bad:{duration(seconds)}"
            yield {"record": recorded, "expr": bad, "labels": {"slo": slo.name}}
            yield {
                "record": f"todo_slo:bad_ratio:{duration(seconds)}",
                "expr": f'{recorded}{{slo="{slo.name}"}} / on () ({total} > 0)',
                "labels": {"slo": slo.name},
            }


def burn_alerts() -> Iterator[Alert]:
    for slo in SLOS:
        for severity in ("page", "ticket"):
            pairs = [burn for burn in BURNS if burn.severity == severity]
            expr = " or ".join(f"({_burns(slo, burn)})" for burn in pairs)
            yield Alert(
                slo.alert,
                severity,
                expr,
                0,
                f"{slo.meaning}; at this rate the budget of 30 days is used up in "
                f"{'days' if severity == 'page' else 'less than 30 days'}.",
            )


def _burns(slo: Slo, burn: Burn) -> str:
    limit = f"{round(burn.factor * slo.budget, 6)}"
    chosen = f'{{slo="{slo.name}"}}'
    return (
        f"todo_slo:bad_ratio:{duration(burn.long)}{chosen} > {limit}"
        f" and todo_slo:bad_ratio:{duration(burn.short)}{chosen} > {limit}"
        f" and todo_slo:bad:{duration(burn.long)}{chosen} >= {_LEAST_BAD}"
    )
