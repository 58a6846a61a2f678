"""From a text to a task."""

from collections.abc import Sequence
from datetime import UTC, datetime

from todo.domain.errors import Invalid
from todo.domain.quick_add.chains import choose, last_of
from todo.domain.quick_add.due_dates import Plan, plan_of
from todo.domain.quick_add.gaps import touch
from todo.domain.quick_add.matches import Found, find_all
from todo.domain.quick_add.projects import NamedProject, find_project
from todo.domain.quick_add.reminder_specs import specs_of
from todo.domain.quick_add.titles import tags_of, title_of
from todo.domain.quick_add.values import (
    WHEN,
    Before,
    Priority,
    QuickAdd,
    Reference,
    RemindAt,
    RemindIn,
    RemindOn,
    Span,
    Unclear,
)
from todo.domain.quick_add.vocabulary import SHORTHANDS
from todo.domain.recurrence import RecurrenceMode
from todo.domain.reminder import MAX_REMINDERS


def parse(
    text: str,
    *,
    now: datetime,
    timezone: str,
    day_first: bool = False,
    projects: Sequence[str] | None = None,
) -> QuickAdd:
    """Read `text` as typed at `now` (aware) by somebody in `timezone` (IANA).

    `day_first`: 3/4 is 3 April. Otherwise it is 4 March. `projects`: the names that a text may use; with None a
    plus means nothing.
    """
    ref = Reference(now.astimezone(UTC).replace(microsecond=0), timezone, day_first)
    filed = NamedProject(None, text, ()) if projects is None else find_project(text, projects)
    chosen = choose(filed.rest, find_all(filed.rest, ref))
    try:
        plan = plan_of(chosen, ref)
    except (ValueError, OverflowError, Invalid):
        chosen = [
            _unclear(one) if one.holds(*WHEN) else one for one in chosen if not one.holds(Before)
        ]
        plan = Plan(None, False, None)
    return _task(text, filed, [_with_effect(one, plan, ref) for one in chosen], plan, ref)


def _unclear(one: Found) -> Found:
    return Found(one.start, one.end, "unclear", Unclear(one.kind))


def _with_effect(one: Found, plan: Plan, ref: Reference) -> Found:
    reminder = one.holds(Before, RemindAt, RemindIn, RemindOn)
    return _unclear(one) if reminder and not specs_of(one.value, plan, ref) else one


def _spans(text: str, chosen: list[Found]) -> tuple[Span, ...]:
    """Unclear words that touch are one span."""
    spans: list[Span] = []
    for one in chosen:
        last = spans[-1] if spans else None
        if last and last.kind == one.kind == "unclear" and touch(text, last.end, one.start):
            spans[-1] = Span(last.start, one.end, "unclear")
        else:
            spans.append(Span(one.start, one.end, one.kind))
    return tuple(spans)


def _around(span: Span, projects: Sequence[Span]) -> list[Span]:
    """The parts of a span beside the projects that are named between its words."""
    parts, start = [], span.start
    for project in projects:
        if span.start <= project.start < span.end:
            parts.append(Span(start, project.start, span.kind))
            start = project.end
    return [*parts, Span(start, span.end, span.kind)]


def _task(
    text: str, filed: NamedProject, chosen: list[Found], plan: Plan, ref: Reference
) -> QuickAdd:
    priority = last_of(chosen, Priority)
    from_completion = any(getattr(one.value, "from_completion", False) for one in chosen)
    rule = str(plan.rule) if plan.rule else None
    read = [part for one in _spans(filed.rest, chosen) for part in _around(one, filed.spans)]
    spans = tuple(sorted((*read, *filed.spans), key=lambda span: span.start))
    understood = tuple(span for span in spans if span.kind != "unclear")
    specs = (spec for one in chosen for spec in specs_of(one.value, plan, ref))
    return QuickAdd(
        title=title_of(text, understood),
        due_date=plan.due,
        all_day=plan.all_day,
        start_date=plan.start,
        timezone=ref.timezone,
        recurrence=SHORTHANDS.get(rule, rule) if rule else None,
        recurrence_mode=(
            RecurrenceMode.FROM_COMPLETION if from_completion else RecurrenceMode.FROM_DUE
        ),
        reminders=tuple(dict.fromkeys(specs))[:MAX_REMINDERS],
        priority=priority.level if priority else 0,
        tags=tags_of(text, understood),
        project=filed.name,
        spans=spans,
    )
