"""The file of rules for Prometheus, from the service levels and the thresholds."""

from typing import Any

from release.monitoring.alerts import REAL, THRESHOLDS, Alert, Scale
from release.monitoring.slos import burn_alerts, recording_rules


def alerts() -> tuple[Alert, ...]:
    return (*burn_alerts(), *THRESHOLDS)


def rule_groups(scale: Scale = REAL) -> dict[str, Any]:
    """A drill of minutes passes a `scale`, to show what takes hours."""
    # Rules of a group are evaluated in their order: each sees what was recorded before it.
    burns = (alert.rule(scale) for alert in burn_alerts())
    return {
        "groups": [
            {"name": "todo-service-levels", "rules": [*recording_rules(scale.windows), *burns]},
            {"name": "todo-thresholds", "rules": [alert.rule(scale) for alert in THRESHOLDS]},
        ]
    }
