"""The words that orders begin with, and those that titles begin with."""

from typing import Final

# An "and" before one of these begins another order; such words seldom continue a title.
STRONG: Final = frozenset(
    (
        "add", "create a task", "complete", "mark", "reopen", "reschedule", "postpone", "rename", "delete",
        "remove", "show", "list all", "snooze", "undo", "tick off", "check off", "remind me", "restore",
        "untag", "tag", "skip", "move", "what is", "what's", "what do", "set the priority", "unschedule",
        "tell me", "give me", "how many", "push", "don't delete", "do not delete", "don't complete", "do not complete", "don't move", "do not move",
    )
)  # fmt: skip
COMMANDS: Final = STRONG | frozenset(
    (
        "create", "finish", "close", "tick", "check", "cross", "uncheck", "untick", "reschedule", "shift",
        "push", "change", "set", "make", "delay", "defer", "put", "erase", "drop", "trash", "cancel",
        "clear", "label", "prioritize", "prioritise", "find", "search", "display", "list", "remind", "repeat",
        "stop", "revert", "undelete", "recover", "what", "which", "when", "done", "finished", "completed",
        "note", "schedule", "overdue", "today", "tomorrow", "bring", "discard", "purge", "retitle", "help",
    )
)  # fmt: skip
GERUNDS: Final = {
    "adding": "add", "creating": "create", "completing": "complete", "finishing": "finish",
    "marking": "mark", "reopening": "reopen", "moving": "move", "rescheduling": "reschedule",
    "postponing": "postpone", "renaming": "rename", "deleting": "delete", "removing": "remove",
    "showing": "show", "listing": "list", "snoozing": "snooze", "skipping": "skip", "tagging": "tag",
    "restoring": "restore", "reminding": "remind", "telling": "tell", "changing": "change",
    "setting": "set", "pushing": "push", "putting": "put", "delaying": "delay", "shifting": "shift",
    "closing": "close", "checking": "check", "ticking": "tick", "cancelling": "cancel",
    "canceling": "cancel",
}  # fmt: skip

# Verbs that titles of tasks begin with: "buy milk" is a task, not an order to us.
TASK_VERBS: Final = frozenset(
    """answer apply arrange ask bake book borrow brush build buy call cancel carry catch charge check clean collect
    cook contact cut decide decorate deliver design discuss do donate draft draw drink drive drop dust email eat exchange
    exercise feed fetch fill find fix fold follow fry get give go grab grow hang help hire install invite iron jog
    join knit learn leave lend lift load lock look mail make measure meditate meet mend mow open order organise
    organize pack paint park pay phone pick plan plant plug polish post practice practise prepare print purchase put
    read rebook record recycle refill refund register rehearse renew rent repair repay replace reply report reserve
    rest return review ride ring run say scan schedule see sell send sew sharpen ship shop shower sign sing sleep
    sort speak start stretch study submit sweep swim take talk teach tell test text thank throw tidy topup train translate
    transfer treat try turn unload unpack update upgrade upload use vacuum visit vote wait walk warm wash watch
    water wax weed weigh wipe withdraw work wrap write yoga lock crate shirt mope love more most some gone
    have must file fill bring finish""".split()
)  # fmt: skip
