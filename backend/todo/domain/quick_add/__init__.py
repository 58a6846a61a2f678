"""One typed line becomes a task: "pay rent every month on the last day at 9am !high #home".

A text is read in four steps:

    text → matches (`matches`: one regular expression made of all of GRAMMAR, in one pass)
         → those that count where they are (`match_conditions`: "monday" in "monday market" does not)
         → chains that are understood as a whole (`chains`, `qualifiers`); others are "unclear"
         → due date, rule and reminders (`due_dates`, `reminder_specs`); the rest is the title (`titles`)

To add a phrase, add a row to GRAMMAR. No text is refused: what is not understood stays in the title.
specs/004-quick-add/spec.md has the confidence rule and the choices made where English is ambiguous.
"""

from todo.domain.quick_add.grammar import GRAMMAR
from todo.domain.quick_add.parsing import parse
from todo.domain.quick_add.values import QuickAdd, Span

__all__ = ["GRAMMAR", "QuickAdd", "Span", "parse"]
