"""Since when a consumer group of Kafka is behind, from the ends of its topic that were seen."""

from todo.runtime.dapr.lag import Ages


def test_a_group_that_reads_everything_is_not_behind() -> None:
    ages = Ages()
    assert [ages.age({0: (end, end)}, end) for end in range(5)] == [0] * 5


def test_a_group_is_behind_since_the_first_end_that_it_has_not_reached() -> None:
    ages = Ages()
    ages.age({0: (10, 10)}, 100)
    assert ages.age({0: (11, 10)}, 110) == 0
    assert ages.age({0: (15, 10)}, 140) == 30
    assert ages.age({0: (15, 12)}, 150) == 10, "the events up to 11 were read since"
    assert ages.age({0: (15, 15)}, 160) == 0


def test_the_worst_partition_counts() -> None:
    ages = Ages()
    ages.age({0: (5, 5), 1: (5, 5)}, 0)
    ages.age({0: (6, 5), 1: (5, 5)}, 10)
    assert ages.age({0: (6, 5), 1: (6, 5)}, 30) == 20
