"""The conversation of the local model: requests become tool calls, results become sentences.

`respond` is a generator: it yields each `Call`, is sent the result, and returns the `Answer`. It is deterministic, so
that an interrupted run is continued by replaying the results there are.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from todo.chat.language import projects, replies
from todo.chat.language.changes import arguments_for
from todo.chat.language.clauses import ENDS, Quotes, collapse, polite, protect
from todo.chat.language.dates import Today
from todo.chat.language.finding import find
from todo.chat.language.grammar_add import TOO_LONG, several_lines
from todo.chat.language.matching import FoundTask, is_title, spares
from todo.chat.language.new_task import new_task
from todo.chat.language.reading import Reading
from todo.chat.language.requests import (
    Action,
    Add,
    Answer,
    Call,
    Change,
    ListProjects,
    ListTags,
    Memory,
    Offer,
    Overview,
    Project,
    Request,
    Show,
    Target,
    Tell,
    Undo,
)
from todo.chat.language.sentences import correction, joined, read_clauses
from todo.chat.language.spelling import correct
from todo.chat.language.targets import read_ordinals
from todo.chat.language.words import FILLERS, fold, words_of

Result = Mapping[str, Any]
Steps = Generator[Call, Result, None]

TOOLS: Final = {
    Action.COMPLETE: "complete_tasks",
    Action.REOPEN: "reopen_tasks",
    Action.SKIP: "skip_tasks",
    Action.MOVE: "reschedule_tasks",
    Action.POSTPONE: "postpone_tasks",
    Action.DELETE: "delete_tasks",
    Action.RESTORE: "restore_tasks",
    Action.REMIND: "set_reminders",
    Action.SNOOZE: "snooze_reminders",
}
_YES: Final = re.compile(
    r"(?:yes|yep|yeah|yup|sure|ok|okay|do it|do that|go ahead|please do|add it|yes please|correct|right|exactly|ja|y)"
    r"(?:[ ,]+(?:please|do it|add it|thanks|go ahead))*",
    re.IGNORECASE,
)
_MOST_LETTERS: Final = 1_000  # of a message that is not a list
_ALL_OF_THEM: Final = re.compile(
    r"(?:all(?: of (?:them|these|those))?|both(?: of them)?|each|every one|them all)", re.IGNORECASE
)


@dataclass
class _Turn:
    """What is collected while a message is worked on."""

    today: Today
    memory: Memory
    quotes: Quotes
    projects: Sequence[Project] = ()
    said: list[str] = field(default_factory=list)
    asked: str | None = None
    has_question: bool = False
    offered: str | None = None
    # What the clauses of this message showed or changed, for "it" in the next clause and the next message.
    shown: list[tuple[int, str]] = field(default_factory=list)
    # The last list that was numbered: what "the second" refers to.
    listed: list[tuple[int, str]] = field(default_factory=list)
    # The last list of several tasks, of this message or before, and which tasks orders have named since.
    many: list[tuple[int, str]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    batch_id: str | None = None
    # The candidates of the question that this message answers.
    picked: tuple[int, ...] = ()

    def say(self, text: str) -> None:
        self.said.append(text)

    @property
    def recent(self) -> list[tuple[int, str]]:
        return self.shown or list(self.memory.shown)

    def meant_by(self, target: Target) -> list[tuple[int, str]]:
        """What the pronoun, the ordinals or "the rest" of the target refer to."""
        if target.rest:
            rest = [task for task in self.many if task[0] not in self.named]
            return rest if len(rest) < len(self.many) else []
        if target.ordinals:
            return self.listed or list(self.memory.shown) or self.shown
        return self.recent

    def number(self, tasks: Sequence[FoundTask]) -> None:
        """The tasks of a numbered list."""
        self.shown = self.listed = [(task.id, task.title) for task in tasks]
        if len(tasks) > 1:
            self.many, self.named = self.listed, set()


def respond(message: str, memory: Memory, today: Today) -> Generator[Call, Result, Answer]:
    """Answer a message; `memory` is what the last answer left behind."""
    text, quotes = protect(collapse(message))
    text = correct(text)
    turn = _Turn(today, memory, quotes, many=list(memory.listed), named=set(memory.named))
    resumed = _resume(text, turn)
    if resumed is not None:
        text, turn.quotes = protect(resumed)
    if projects.may_be_named(text):
        result = yield Call("list_projects", {})
        turn.projects = replies.known_projects(result)
        text, turn.quotes = projects.mark(text, turn.quotes, turn.projects)
    clauses = _requests(text, turn)
    for place, (_, request) in enumerate(clauses):
        yield from _perform(request, turn)
        if turn.has_question:
            # What follows waits for the answer.
            rest = "; ".join(clause for clause, _ in clauses[place:])
            turn.asked = turn.quotes.quoted(rest)
            break
    shown = tuple(turn.shown[:50]) or (memory.shown if not turn.asked else ())
    return Answer(
        "\n\n".join(turn.said) or replies.NOTHING_SAID,
        Memory(
            shown,
            tuple(turn.many[:50]),
            tuple(sorted(turn.named)),
            turn.asked,
            turn.offered,
            turn.batch_id or memory.batch_id,
        ),
    )


def _resume(text: str, turn: _Turn) -> str | None:
    """The sentence that this message completes: "the second" after a question, "yes" after an offer."""
    said = (polite(text) or text).rstrip(ENDS)
    whole = text.rstrip(ENDS)
    memory = turn.memory
    if memory.offered and (_YES.fullmatch(said) or _YES.fullmatch(whole)):
        return f"add {memory.offered}"
    if memory.shown and (corrected := correction(text, turn.today)):
        return corrected
    if memory.asked:
        answers = (whole, re.sub(r"^(?:just|only|i mean|i meant) ", "", said, flags=re.IGNORECASE))
        picked = (_picked(turn.quotes.restore(answer), memory.shown) for answer in answers)
        turn.picked = next(filter(None, picked), ())
        if turn.picked:
            return memory.asked
    return None


def _picked(said: str, shown: Sequence[tuple[int, str]]) -> tuple[int, ...]:
    """Which of the candidates an answer names: a number, "the first", words of its title, "both"."""
    if _ALL_OF_THEM.fullmatch(said):
        return tuple(id_ for id_, _ in shown)
    if re.fullmatch(r"\d{1,2}", said):
        place = int(said)
        return (shown[place - 1][0],) if 1 <= place <= len(shown) else ()
    ordinals = read_ordinals(said)
    if ordinals:
        return tuple(shown[n - 1 if n > 0 else n][0] for n in ordinals if abs(n) <= len(shown))
    same = [id_ for id_, title in shown if fold(title) == fold(said.strip("\"“”'"))]
    if len(same) == 1:
        return (same[0],)
    words = [word for word in words_of(said) if word not in FILLERS]
    if not words or len(words) > 6:
        return ()
    fitting = [id_ for id_, title in shown if all(word in words_of(title) for word in words)]
    return (fitting[0],) if len(fitting) == 1 else ()


def _requests(text: str, turn: _Turn) -> list[tuple[str, Request | Sequence[Add]]]:
    if len(text) > _MOST_LETTERS and "\n" not in text:
        return [(text, TOO_LONG)]
    many = several_lines(polite(text) if "\n" not in text else text, turn.quotes)
    if many is not None:
        return [(text, many)]
    if len(text) > _MOST_LETTERS:
        return [(text, TOO_LONG)]
    reading = Reading(turn.quotes, turn.today)
    return list(joined(read_clauses(text, reading)))


def _perform(request: Request | Sequence[Add], turn: _Turn) -> Steps:
    match request:
        case Add():
            yield from _add([request], turn)
        case Show():
            yield from _show(request, turn)
        case Change():
            yield from _change(request, turn)
        case Undo():
            yield from _undo(turn)
        case Overview():
            result = yield Call("get_overview", {})
            turn.say(replies.overview(result, turn.today))
        case ListTags():
            result = yield Call("list_tags", {})
            turn.say(replies.tags(result))
        case ListProjects():
            result = yield Call("list_projects", {})
            turn.say(replies.projects(result))
        case Tell(text=answer):
            turn.say(answer)
        case Offer(line=line):
            turn.offered = line
            turn.say(replies.offer(line))
        case _:
            yield from _add(request, turn)


def _add(adds: Sequence[Add], turn: _Turn) -> Steps:
    tasks = [new_task(add, turn.today, turn.projects) for add in adds]
    if not all(task["title"] for task in tasks):
        turn.say("What should the task be called? Say for example: add buy milk tomorrow at 5pm.")
        return
    result = yield Call("add_tasks", {"tasks": tasks})
    _remember(result, turn)
    turn.say(replies.added(result, turn.today))


def _show(request: Show, turn: _Turn) -> Steps:
    tasks, complete = yield from find(request.target, turn.today, turn.meant_by(request.target))
    if not tasks and request.target.rest:
        turn.say(replies.OTHERS)
        return
    if not tasks and request.wider is not None:
        tasks, complete = yield from find(request.wider, turn.today, turn.recent)
        request = replace(request, target=request.wider if tasks else request.target)
    if not tasks and request.otherwise is not None:
        turn.say(request.otherwise.text)
        return
    turn.number(tasks)
    turn.say(replies.listed(request, tasks, complete, turn.today))


def _change(request: Change, turn: _Turn) -> Steps:
    if turn.picked:
        target = replace(request.target, pronoun=True, several=len(turn.picked) > 1)
        chosen = [each for each in turn.memory.shown if each[0] in turn.picked]
        turn.shown, turn.picked = chosen, ()
        request = replace(request, target=target, others=())
    if len(turn.recent) > 1 and request.target.excluded:
        # "everything except …" after a list: of that list.
        bare = replace(request.target, excluded=())
        request = request if bare != Target(several=True) else _of_list(request)
    if (unknown := (yield from _unknown_exception(request.target, turn))) is not None:
        turn.say(replies.unknown_exception(unknown))
        return
    request, tasks = yield from _divided(request, turn)
    if not tasks and len(parts := parts_of(request.target)) > 1:
        tasks = yield from _each(request, parts, turn)
        if not tasks:
            return
        request = replace(request, target=replace(request.target, several=True))
    if not tasks:
        yield from _none(request, turn)
    elif len(tasks) > 1 and not request.target.several:
        _ask(request, tasks, turn)
    else:
        yield from _apply(request, tasks, turn)


def _unknown_exception(target: Target, turn: _Turn) -> Generator[Call, Result, Target | None]:
    """An exception that spares none of the tasks was misunderstood: then nothing may be changed."""
    if not target.excluded:
        return None
    tasks, _ = yield from find(replace(target, excluded=()), turn.today, turn.meant_by(target))
    known = (spares(each, tasks) for each in target.excluded)
    return next(
        (each for each, spared in zip(target.excluded, known, strict=True) if not spared), None
    )


def _of_list(request: Change) -> Change:
    return replace(request, target=replace(request.target, pronoun=True))


def _divided(
    request: Change, turn: _Turn
) -> Generator[Call, Result, tuple[Change, list[FoundTask]]]:
    """The tasks, with the words divided so that they are a whole title if any division gives one."""
    best: tuple[Change, list[FoundTask]] = (request, [])
    for target, value in ((request.target, request.value), *request.others):
        tasks, _ = yield from find(target, turn.today, turn.meant_by(target), request.action)
        divided = replace(request, target=target, value=value)
        if any(is_title(target, task) for task in tasks):
            return divided, tasks
        if tasks and not best[1]:
            best = (divided, tasks)
    return best


def _ask(request: Change, tasks: Sequence[FoundTask], turn: _Turn) -> None:
    turn.has_question = True
    turn.number(tasks)
    turn.say(replies.which(request, tasks, turn.today))


def parts_of(target: Target) -> list[Target]:
    """ "the dentist and the gym" as two targets."""
    if target.exact or target.pronoun:
        return [target]
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|&|plus)\s+(?:also\s+)?", target.words)
    return [replace(target, words=re.sub(r"^(?:the|my) ", "", part)) for part in parts if part]


def _each(
    request: Change, parts: Sequence[Target], turn: _Turn
) -> Generator[Call, Result, list[FoundTask]]:
    """The tasks of a list. Nothing is changed unless each part means exactly one task, or is a group."""
    tasks: list[FoundTask] = []
    for part in parts:
        found, _ = yield from find(part, turn.today, turn.meant_by(part), request.action)
        alone = replace(request, target=part, otherwise=None)
        if not found:
            yield from _none(request if request.otherwise else alone, turn)
            return []
        if len(found) > 1 and not part.several:
            _ask(alone, found, turn)
            turn.has_question = False  # an answer could not say what happens to the others
            return []
        tasks += (task for task in found if task not in tasks)
    return tasks


def _none(request: Change, turn: _Turn) -> Steps:
    if request.otherwise is not None:
        yield from _perform(request.otherwise, turn)
        return
    if request.action is Action.REOPEN and request.value == "statement":
        turn.say("Nothing was changed: that task is not marked as done.")
        return
    turn.say(replies.none_found(request, turn.recent))


def _apply(request: Change, tasks: Sequence[FoundTask], turn: _Turn) -> Steps:
    if request.action in (Action.HISTORY, Action.NEXT_DATES):
        yield from _look(request, tasks, turn)
        return
    turn.named |= {task.id for task in tasks}
    planned = arguments_for(request, tasks, turn.today)
    if isinstance(planned, str):
        turn.shown = [(task.id, task.title) for task in tasks]
        turn.say(planned)
        return
    tool = TOOLS.get(request.action, "update_tasks")
    if request.action is Action.POSTPONE and any(task.due_date is None for task in tasks):
        tool = "reschedule_tasks"  # only a date that exists can be postponed
    result = yield Call(tool, {"tasks": planned})
    _remember(result, turn)
    if not result.get("applied"):
        turn.shown = [(task.id, task.title) for task in tasks]
    turn.say(replies.changed(request, result, turn.today))


def _look(request: Change, tasks: Sequence[FoundTask], turn: _Turn) -> Steps:
    turn.shown = [(task.id, task.title) for task in tasks]
    for task in tasks[:5]:
        if request.action is Action.HISTORY:
            result = yield Call("get_history", {"task_id": task.id, "limit": 10})
            turn.say(replies.history(task, result))
        elif task.recurrence is None:
            turn.say(replies.listed(Show(Target(several=True)), [task], True, turn.today))
        else:
            result = yield Call("preview_recurrence", {"task_id": task.id})
            turn.say(replies.next_dates(task, result, turn.today))


def _undo(turn: _Turn) -> Steps:
    batch_id = turn.batch_id or turn.memory.batch_id
    if batch_id is None:
        turn.say("There is nothing to undo in this conversation.")
        return
    result = yield Call("undo_changes", {"batch_id": batch_id})
    turn.shown = [(int(task["id"]), str(task["title"])) for task in result.get("undone") or ()]
    turn.say(replies.undone(result))


def _remember(result: Result, turn: _Turn) -> None:
    applied = [(int(task["id"]), str(task["title"])) for task in result.get("applied") or ()]
    if applied:
        turn.shown = applied
    if result.get("batch_id"):
        turn.batch_id = str(result["batch_id"])
