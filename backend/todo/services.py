"""The whole topology on one screen. Chart, dapr.yaml and the all-in-one process are checked against it."""

from datetime import timedelta

from todo.accounts.caller import forget_callers
from todo.accounts.routes import router as accounts
from todo.audit.reactions import record
from todo.audit.routes import router as history
from todo.calendars.routes import router as calendars
from todo.domain.events import Topic
from todo.notifications.delivering import deliver
from todo.notifications.reactions import notify
from todo.notifications.routes import router as notifications
from todo.realtime import routes as realtime
from todo.realtime.hub import fan_out
from todo.recurring.reactions import create_successor, may_have_closed
from todo.recurring.routes import router as recurrence
from todo.reminders.firing import clock_reminders, fire_all_due
from todo.runtime.db.retention import prune
from todo.runtime.events.relay import relay
from todo.runtime.ports import Every, FanOut, Service, Subscription, dead_letters_of, each
from todo.tasks.quick_add import router as quick_add
from todo.tasks.routes import router as tasks

RECURRING_TASK = Service(
    "todo-recurring-task",
    on=(Subscription(Topic.TASK_EVENTS, each(create_successor), only=may_have_closed),),
)
# daprd wakes up at the end of each, for every partition, whether there is anything or not.
_NOTIFIED = timedelta(milliseconds=50)
NOTIFICATION = Service(
    "todo-notification",
    on=(Subscription(Topic.REMINDERS, notify, batch_window=_NOTIFIED),),
    every=(Every("reminder-check", timedelta(minutes=5), fire_all_due),),
    background_tasks=(clock_reminders, deliver),
)
# Nobody waits for the history of a task, and writing it costs half when it is written by the dozen.
_AUDITED = timedelta(milliseconds=250)
AUDIT = Service(
    "todo-audit",
    on=(
        Subscription(Topic.TASK_EVENTS, each(record), batch_window=_AUDITED, rebuilds=True),
        Subscription(Topic.REMINDERS, each(record), batch_window=_AUDITED, rebuilds=True),
    ),
)
WEBSOCKET = Service(
    "todo-websocket",
    routers=(realtime.socket,),
    fan_out=(FanOut(Topic.TASK_UPDATES, fan_out),),
    background_tasks=(realtime.watch_for_delay,),
    database=False,
)

BACKEND = Service(
    "todo-backend",
    routers=(
        accounts,
        tasks,
        quick_add,
        recurrence,
        history,
        notifications,
        calendars,
        realtime.public,
        realtime.internal,
    ),
    # One service reads the dead letters for all: the one that is there in every installation.
    dead_letters=dead_letters_of(RECURRING_TASK, NOTIFICATION, AUDIT),
    background_tasks=(relay, prune, forget_callers),
)

SERVICES = (BACKEND, RECURRING_TASK, NOTIFICATION, AUDIT, WEBSOCKET)
