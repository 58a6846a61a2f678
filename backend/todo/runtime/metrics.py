"""Prometheus metrics: each is declared here, with its unit and its meaning (docs/metrics.md is made of them).

Labels have few values, and those are known in advance: a route's template, a consumer, a kind of channel. An id
or a text of a user never is one, because each value of a label is a time series of its own.
"""

import time

from prometheus_client import Counter, Gauge, Histogram

# The API. A duration ends when the answer begins, so that a stream counts as fast.
http_requests = Counter(
    "todo_http_requests", "Answered requests, by route template", ["method", "route", "status"]
)
http_request_duration = Histogram(
    "todo_http_request_duration",
    "Time until an answer begins, by route template",
    ["method", "route"],
    unit="seconds",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

# From the outbox to the consumers.
outbox_waiting = Gauge("todo_outbox_waiting", "Committed events that are not published yet")
outbox_oldest = Gauge(
    "todo_outbox_oldest", "Age of the oldest event that is not published yet", unit="seconds"
)
events_published = Counter(
    "todo_events_published", "Events that the broker has accepted from the relay", ["topic"]
)
publish_failures = Counter(
    "todo_publish_failures", "Publishes that failed; the events stay in the outbox", ["topic"]
)
event_delivery = Histogram(
    "todo_event_delivery",
    "Time from an event's creation to the commit of its consumer; its count is the events handled",
    ["consumer"],
    unit="seconds",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600),
)
event_retries = Counter(
    "todo_event_retries",
    "Failed attempts to handle an event that are repeated; the cause is event or outage",
    ["consumer", "cause"],
)
dead_letters = Counter("todo_dead_letters", "Undeliverable events, by consumer", ["consumer"])
dead_letters_open = Gauge(
    "todo_dead_letters_open", "Dead letters that are neither redriven nor discarded", ["consumer"]
)
consumer_lag = Gauge(
    "todo_consumer_lag", "Published events that a consumer has not read", ["consumer", "topic"]
)
consumer_lag_age = Gauge(
    "todo_consumer_lag_age",
    "Time since the oldest event that a consumer has not read was published",
    ["consumer", "topic"],
    unit="seconds",
)

# Reminders.
reminders_planned = Gauge("todo_reminders_planned", "Reminders that are planned")
reminders_oldest_due = Gauge(
    "todo_reminders_oldest_due",
    "Time since the oldest reminder that is due should have fired; 0 if none is due",
    unit="seconds",
)
reminders_fired = Counter("todo_reminders_fired", "Reminders that were fired")
reminder_lateness = Histogram(
    "todo_reminder_lateness",
    "Time from a reminder's planned time, or the end of its user's absence, to its notification in the app",
    unit="seconds",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
deliveries = Counter(
    "todo_deliveries",
    "Attempts to send a message of a reminder, by kind of channel; the outcome is sent, failed or cancelled",
    ["channel", "outcome"],
)
delivery_lateness = Histogram(
    "todo_delivery_lateness",
    "Time from a delivery's planned time (after quiet hours) to its successful end, by kind of channel",
    ["channel"],
    unit="seconds",
    buckets=(0.25, 1, 5, 10, 30, 60, 300, 1800, 3600),
)
delivery_claims_lost = Counter(
    "todo_delivery_claims_lost", "Deliveries that another process had claimed right before sending"
)
deliveries_oldest_due = Gauge(
    "todo_deliveries_oldest_due",
    "Time since the oldest delivery that is due should have been sent, by kind of channel",
    ["channel"],
    unit="seconds",
)

# Live updates.
websocket_connections = Gauge("todo_websocket_connections", "Windows with an open WebSocket")
live_update_delay = Histogram(
    "todo_live_update_delay",
    "Time from a change to its message in the queues of its user's windows",
    unit="seconds",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60),
)

# The database.
database_connections = Gauge(
    "todo_database_connections", "Open connections of this process's pool: used or idle", ["state"]
)
database_connections_max = Gauge("todo_database_connections_max", "Size of the connection pool")
slow_statements = Counter("todo_database_slow_statements", "Statements that took a second or more")
database_size = Gauge("todo_database_size", "Size of the database on disk", unit="bytes")
replication_slot_retained = Gauge(
    "todo_replication_slot_retained",
    "WAL that PostgreSQL keeps for a replication slot",
    ["slot"],
    unit="bytes",
)

# The process and its surroundings.
job_last_round = Gauge(
    "todo_job_last_round_timestamp",
    "When a background task last finished a round (Unix time)",
    ["name"],
    unit="seconds",
)
job_restarts = Counter(
    "todo_job_restarts", "Background tasks that failed and were restarted", ["name"]
)
tick_last_run = Gauge(
    "todo_tick_last_run_timestamp",
    "When a cron job last ran; before its first run, when the process started (Unix time)",
    ["tick"],
    unit="seconds",
)
sampled_at = Gauge(
    "todo_sampled_at_timestamp",
    "When the gauges that are read from the database were last read (Unix time)",
    unit="seconds",
)
disk_free = Gauge("todo_disk_free", "Free space of the disk that holds TODO_DATA_DIR", unit="bytes")
disk_size = Gauge("todo_disk_size", "Size of the disk that holds TODO_DATA_DIR", unit="bytes")
certificate_expires = Gauge(
    "todo_certificate_expires_timestamp",
    "When the certificate of TODO_PUBLIC_URL expires (Unix time)",
    unit="seconds",
)

# The assistant.
assistant_turns = Counter(
    "todo_assistant_turns",
    "Answers of the chat; the outcome is complete, stopped or interrupted",
    ["outcome"],
)
assistant_tokens = Counter("todo_assistant_tokens", "Tokens that the configured model has used")
assistant_tool_calls = Counter(
    "todo_assistant_tool_calls",
    "Calls of tools by the chat and by MCP clients; the outcome is ok, refused or failed",
    ["tool", "outcome"],
)
assistant_proposals = Counter(
    "todo_assistant_proposals",
    "Proposed changes; the outcome is made, applied or dismissed",
    ["outcome"],
)


def round_done(job: str) -> None:
    job_last_round.labels(job).set(time.time())
