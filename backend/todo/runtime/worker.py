"""Run functions on input of strangers in processes of their own, with a budget of processor time.

A worker starts with the first work and ends after a minute without any, so an idle server needs no memory for it.
The event loop stays free, and a worker that uses up its budget is stopped. Arguments and results are pickled. A
worker has no access to the database, and no secret in its environment.
"""

import asyncio
import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
import zoneinfo
from collections.abc import Callable
from types import FrameType
from typing import Any, BinaryIO, ParamSpec, TypeVar

from todo.domain.errors import DomainError, Invalid, TooMany
from todo.runtime.ports import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

WORKERS = 2
# Further work is refused at once instead of waiting for longer than its caller.
MOST_WAITING = 50
SHORT_SECONDS = 1.0
FILE_SECONDS = 2.0
_IDLE_SECONDS = 60.0
# Only for work that neither computes nor ends: processor time is what is counted.
_LONGEST_SECONDS = 60.0
_NICER = 10
_SIZE = struct.Struct("!I")
# The exit code of a worker that has used up its budget.
_OVER_BUDGET = 75


class _OverBudget(BaseException):
    """Raised in a worker when its processor time is used up. Not an Exception, so that no code catches it."""


class WorkerLost(Unavailable):
    """A worker was killed during its work, or did not start. That is not the fault of the input."""


class Workers:
    def __init__(self, *, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._free: list[asyncio.subprocess.Process] = []
        self._started: set[asyncio.subprocess.Process] = set()
        self._slots = asyncio.Semaphore(WORKERS)
        self._waiting = 0
        self._end_idle: asyncio.TimerHandle | None = None

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._started]

    async def run(
        self,
        what: str,
        field: str,
        seconds: float,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The result of `function`. Raises Invalid, naming `what` and `field`, if it needs more than `seconds` of
        processor time, WorkerLost, and the DomainError that the function raises."""
        if self._waiting >= MOST_WAITING:
            raise TooMany("The server is busy; try again in a moment.", retry_after=2)
        self._waiting += 1
        try:
            async with self._slots:
                answer = await self._answer(pickle.dumps((function, args, kwargs, seconds)))
        finally:
            self._waiting -= 1
        match answer:
            case DomainError():
                raise answer
            case (result,):
                return result  # type: ignore[no-any-return]
            case {"failed": failed}:
                raise RuntimeError(f"{what} failed in its worker: {failed}")
            case _:
                raise Invalid(
                    f"{what} takes more than {seconds:g} s of processor time and was stopped; make it simpler.",
                    field,
                )

    async def _answer(self, work: bytes) -> Any:
        """What the worker answered; None if its budget is used up. Its process ends unless it is ready again."""
        self._free = [process for process in self._free if process.returncode is None]
        process = self._free.pop() if self._free else await self._start()
        try:
            answer = await _exchange(process, work)
        except BaseException:
            self._end(process)  # also when the caller went away in the middle
            raise
        if answer is None:
            self._end(process)
            return None
        self._free.append(process)
        self._end_later()
        return pickle.loads(answer)  # noqa: S301  (written by our own process)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "todo.runtime.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONTZPATH": os.pathsep.join(zoneinfo.TZPATH),
            },
            start_new_session=True,  # Ctrl-C is for the launcher
        )
        self._started.add(process)
        return process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        self._started.discard(process)

    def _end_later(self) -> None:
        if self._end_idle is not None:
            self._end_idle.cancel()
        loop = asyncio.get_running_loop()
        self._end_idle = loop.call_later(self._idle_seconds, self._end_free)

    def _end_free(self) -> None:
        while self._free:
            self._end(self._free.pop())

    async def close(self) -> None:
        if self._end_idle is not None:
            self._end_idle.cancel()
        ending = list(self._started)
        for process in ending:
            self._end(process)
        self._free.clear()
        await asyncio.gather(*(process.wait() for process in ending))


async def _exchange(process: asyncio.subprocess.Process, work: bytes) -> bytes | None:
    assert process.stdin is not None  # noqa: S101  (both are pipes)
    assert process.stdout is not None  # noqa: S101
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            process.stdin.write(_SIZE.pack(len(work)) + work)
            await process.stdin.drain()
            size = _SIZE.unpack(await process.stdout.readexactly(_SIZE.size))[0]
            return await process.stdout.readexactly(size)
    except TimeoutError:
        return None
    except (asyncio.IncompleteReadError, ConnectionError):
        code = await process.wait()
        if code in (_OVER_BUDGET, -signal.SIGXCPU):
            return None
        raise WorkerLost(f"a worker ended with exit code {code} during its work") from None


# ── In the worker ─────────────────────────────────────────────────────────────────────────────────


def serve(source: BinaryIO, target: BinaryIO) -> None:
    os.nice(_NICER)  # requests that wait for no worker go first
    signal.signal(signal.SIGPROF, _over_budget)
    while head := source.read(_SIZE.size):
        answer = _work(source.read(_SIZE.unpack(head)[0]))
        if answer is None:
            sys.exit(_OVER_BUDGET)
        target.write(_SIZE.pack(len(answer)) + answer)
        target.flush()


def _work(work: bytes) -> bytes | None:
    function, args, kwargs, seconds = pickle.loads(work)  # noqa: S301  (from our own process)
    # The kernel ends what a signal handler cannot: code in C that never returns to Python.
    used = resource.getrusage(resource.RUSAGE_SELF)
    in_all = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (in_all, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        try:
            return pickle.dumps((function(*args, **kwargs),))
        except DomainError as refusal:
            return pickle.dumps(refusal)
        except Exception as error:  # its message may quote what a user wrote
            last = traceback.extract_tb(error.__traceback__)[-1]
            failed = f"{type(error).__name__} at {last.filename}:{last.lineno}"
            return pickle.dumps({"failed": failed})
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _OverBudget:
        return None


def _over_budget(_signal: int, _frame: FrameType | None) -> None:
    raise _OverBudget


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed must not be read as an answer
    serve(sys.stdin.buffer, answers)
