"""One typed line becomes a task: "pay rent every month on the last day at 9am !high #home".

It is read in four steps, each a module or two:

    text → hits (one regular expression made of all of GRAMMAR, in one pass)
         → those that stand where they are ("monday" in "monday market" is no date)
         → the chosen ones (the last date, the last time, …, every tag and reminder)
         → due date, rule and reminders; whatever was not chosen is the title

To teach it a phrase, add a row to GRAMMAR. No text is refused: what is not understood stays in the
title. specs/quick-add/spec.md lists the choices made where English is ambiguous.
"""

from todo.domain.quick_add.grammar import GRAMMAR
from todo.domain.quick_add.parsing import parse
from todo.domain.quick_add.values import QuickAdd, Span

__all__ = ["GRAMMAR", "QuickAdd", "Span", "parse"]
