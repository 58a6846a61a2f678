"""The file of rules for Prometheus, from the service levels and the thresholds."""

from typing import Any

from release.monitoring.alerts import THRESHOLDS, Alert
from release.monitoring.slos import burn_alerts, recording_rules


def alerts() -> tuple[Alert, ...]:
    return (*burn_alerts(), *THRESHOLDS)


def rule_groups(scale: float = 1) -> dict[str, Any]:
    """`scale` shortens the windows and the waits, so that a drill of minutes can show what takes hours."""
    # Rules of a group are evaluated in their order: an alert sees what was recorded before it.
    burns = (alert.rule(scale) for alert in burn_alerts())
    return {
        "groups": [
            {"name": "todo-service-levels", "rules": [*recording_rules(scale), *burns]},
            {"name": "todo-thresholds", "rules": [alert.rule(scale) for alert in THRESHOLDS]},
        ]
    }
