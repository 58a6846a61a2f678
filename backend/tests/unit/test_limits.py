"""No user, channel or host takes the places of the others."""

from todo.notifications.limits import AT_ONCE, PAUSES, PER_CHANNEL, PER_USER, Limits, Route


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def limits(host: int = 50) -> tuple[Limits, Time]:
    time = Time()
    return Limits(lambda _: host, time), time


def taken(limits: Limits, *routes: Route) -> int:
    return sum(limits.take(route) for route in routes)


def test_a_user_with_many_channels_leaves_places_for_others() -> None:
    pool, _ = limits()
    assert taken(pool, *(Route("noisy", n, f"h{n}") for n in range(1, 100))) == PER_USER
    assert pool.full().users == ["noisy"]
    assert taken(pool, Route("other", 200, "h")) == 1


def test_a_channel_has_few_places() -> None:
    pool, _ = limits()
    assert taken(pool, *[Route("ann", 1, "h")] * 10) == PER_CHANNEL
    assert pool.full().channels == [1]
    assert taken(pool, Route("ann", 2, "h")) == 1


def test_a_host_has_its_own_limit_for_all_users() -> None:
    pool, _ = limits(host=3)
    assert taken(pool, *(Route(f"u{n}", n, "slow") for n in range(1, 10))) == 3
    assert pool.full().hosts == ["slow"]
    assert taken(pool, Route("u20", 20, "fast")) == 1


def test_all_together_have_a_limit_and_a_place_that_is_left_is_free_again() -> None:
    pool, _ = limits()
    routes = [Route(f"u{n}", n, f"h{n}") for n in range(1, AT_ONCE + 50)]
    assert taken(pool, *routes) == AT_ONCE
    assert pool.free == 0
    assert pool.leave(routes[0])  # others may have waited
    assert taken(pool, routes[-1]) == 1
    for route in routes[1:AT_ONCE]:
        pool.leave(route)
    pool.leave(routes[-1])
    assert (pool.free, pool.full().users) == (AT_ONCE, [])


def test_a_channel_that_fails_repeatedly_pauses_longer_each_time() -> None:
    pool, time = limits()
    pauses = []
    for _ in range(len(PAUSES) + 1):
        pool.failed(1)
        pool.failed(1)  # it began before the pause
        pauses.append(pool.next_pause_ends())
        assert taken(pool, Route("ann", 2, "h")) == 1
        pool.leave(Route("ann", 2, "h"))
        assert pool.full().channels == [1]
        time.now += pauses[-1] or 0
        assert pool.full().channels == []
    assert pauses == [*PAUSES, PAUSES[-1]]


def test_a_success_ends_the_pauses_of_a_channel() -> None:
    pool, time = limits()
    for _ in PAUSES:
        pool.failed(1)
        time.now += 1000
    pool.succeeded(1)
    assert taken(pool, Route("ann", 1, "h")) == 1
    pool.failed(1)
    assert pool.next_pause_ends() == PAUSES[0]
