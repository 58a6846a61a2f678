"""The language of the local model: one sentence becomes tool calls.

    sentence → clauses (`clauses`: politeness and quotes removed, several orders separated)
             → requests (`grammar`: add, show, or change some tasks, or a plain answer)
             → tool calls (`dialogue`: find the tasks, ask when two match, call the tool, tell the result)

Everything here is pure: `dialogue.respond` yields calls and receives their results. Dates, rules, reminders and
tags are read by quick add (todo.domain.quick_add).
"""
