"""The table of the metrics in docs/metrics.md, from their declarations."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from todo.runtime import metrics

_HEAD = """# Metrics

Every process serves its metrics at `/metrics` on a port of its own (`TODO_METRICS_PORT`; not set: none). The port
listens on the address of the app (`TODO_HOST`), never on the public port. Prometheus adds `process_…` and
`python_…`.

Gauges that describe the database (the outbox, dead letters, what is due) are read by todo-backend every ten
seconds. Several replicas report the same value, so take the maximum, not the sum. The lag comes from the bus of
the embedded size, or from Kafka.

`make up MONITORING=1`, also with `STACK=dapr`, starts Prometheus with the alerts of the chart, and Alertmanager,
which calls `TODO_ALERT_WEBHOOK`. It prints their addresses. `scripts/release tools prometheus alertmanager` builds
both (minutes, once; needs Go); without them a line says so, and the product runs as always. The pages of the
alerts are in [runbooks](runbooks).

This file is generated from `backend/todo/runtime/metrics.py` (`scripts/release monitoring`).

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def declared() -> Iterator[MetricWrapperBase]:
    for value in vars(metrics).values():
        if isinstance(value, MetricWrapperBase):
            yield value


def exported_name(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if isinstance(metric, Counter) else metric._name


def table() -> str:
    kinds = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
    lines = [
        f"| `{exported_name(metric)}` | {kinds[type(metric)]} "
        f"| {', '.join(metric._labelnames)} | {metric._documentation} |"
        for metric in declared()
    ]
    return _HEAD + "\n".join(lines) + "\n"
