"""A broker's log that starts anew is told from one that only grew."""

import pytest

from todo.runtime.dapr.broker_log import BrokerLog, lost_topics

BEFORE = BrokerLog("one", {"task-events": [5, 0, 7], "reminders": [1]})


@pytest.mark.parametrize(
    ("cluster", "task_events", "reminders", "lost"),
    [
        ("one", [5, 0, 7], [1], []),
        ("one", [9, 1, 7], [2], []),
        ("one", [5, 0, 7, 0], [1], []),  # a partition was added
        ("one", [5, 0, 6], [1], ["task-events"]),
        ("one", [5, 9], [1], ["task-events"]),  # deleted, and created with fewer partitions
        ("one", [5, 0, 7], [0], ["reminders"]),
        ("two", [9, 9, 9], [9], ["task-events", "reminders"]),
    ],
)
def test_a_log_is_lost_if_it_ends_earlier_or_is_in_another_cluster(
    cluster: str, task_events: list[int], reminders: list[int], lost: list[str]
) -> None:
    now = BrokerLog(cluster, {"task-events": task_events, "reminders": reminders})
    assert lost_topics(BEFORE, now) == lost


def test_of_a_topic_that_was_never_seen_only_an_empty_log_counts_as_lost() -> None:
    now = BrokerLog("one", {"task-events": [0, 0], "reminders": [0, 3]})
    assert lost_topics(None, now) == ["task-events"]
    assert lost_topics(BrokerLog("one", {"reminders": [0, 3]}), now) == ["task-events"]
