"""The topology: the five services as values. Tests check the chart and dapr.yaml against this file."""

from datetime import timedelta

from todo.accounts import account_log, invitations, leaving, own_data, sessions
from todo.accounts import mails as account_mails
from todo.accounts.account_log_routes import router as account_log_routes
from todo.accounts.address_routes import router as addresses
from todo.accounts.caller import forget_callers
from todo.accounts.leaving_routes import router as leaving_routes
from todo.accounts.mails import send_account_mails
from todo.accounts.password_routes import router as passwords
from todo.accounts.routes import router as accounts
from todo.accounts.session_routes import router as session_routes
from todo.assistant import store as assistant_store
from todo.assistant.endpoint import router as mcp
from todo.assistant.routes import router as assistant
from todo.audit import queries as audit_queries
from todo.audit.commands import erase_history
from todo.audit.reactions import record
from todo.audit.reactions import retention as audit_retention
from todo.audit.routes import router as history
from todo.authorization import store as authorization_store
from todo.authorization.oauth_routes import router as oauth
from todo.authorization.routes import router as connections
from todo.calendars import store as calendar_store
from todo.calendars.routes import router as calendars
from todo.chat import store as chat_store
from todo.chat.routes import router as chat
from todo.chat.turns import finish_answers
from todo.domain.events import Topic
from todo.notifications import queue as delivery_queue
from todo.notifications import store as notification_store
from todo.notifications.delivering import deliver
from todo.notifications.reactions import notify
from todo.notifications.routes import router as notifications
from todo.realtime import routes as realtime
from todo.realtime import tickets
from todo.realtime.hub import fan_out
from todo.reminders import firing
from todo.reminders import queries as reminder_queries
from todo.reminders.firing import clock_reminders, fire_all_due
from todo.runtime import retention, sampling
from todo.runtime.certificate import watch_certificate
from todo.runtime.dapr.broker_log import watch_broker_log
from todo.runtime.dapr.lag import watching_lag
from todo.runtime.events import replay
from todo.runtime.events.erase import erase_events
from todo.runtime.events.relay import relay
from todo.runtime.service import Every, FanOut, Service, Subscription, dead_letters_of, each
from todo.tasks import project_store, series_store
from todo.tasks import store as task_store
from todo.tasks.project_routes import router as projects
from todo.tasks.quick_add import router as quick_add
from todo.tasks.reactions import create_successor, may_have_closed
from todo.tasks.recurrence_routes import router as recurrence
from todo.tasks.reminder_preview import router as reminder_preview
from todo.tasks.routes import router as tasks
from todo.tasks.words import keep_words
from todo.tasks.zone_changes import follow_zone_changes

RECURRING_TASK = Service(
    "todo-recurring-task",
    on=(Subscription(Topic.TASK_EVENTS, each(create_successor), only=may_have_closed),),
)
# At the end of each window daprd wakes up once per partition, also without events: shorter costs processor time.
_NOTIFICATION_WINDOW = timedelta(milliseconds=50)
NOTIFICATION = Service(
    "todo-notification",
    on=(Subscription(Topic.REMINDERS, notify, batch_window=_NOTIFICATION_WINDOW),),
    every=(Every("reminder-check", timedelta(minutes=5), fire_all_due),),
    background_tasks=(clock_reminders, deliver, send_account_mails),
)
# Task history may be late, and writing it in batches of a dozen halves its cost.
_AUDIT_WINDOW = timedelta(milliseconds=250)
AUDIT = Service(
    "todo-audit",
    on=(
        Subscription(Topic.TASK_EVENTS, each(record), batch_window=_AUDIT_WINDOW, rebuilds=True),
        Subscription(Topic.REMINDERS, each(record), batch_window=_AUDIT_WINDOW, rebuilds=True),
    ),
)
WEBSOCKET = Service(
    "todo-websocket",
    routers=(realtime.socket,),
    fan_out=(FanOut(Topic.TASK_UPDATES, fan_out),),
    background_tasks=(realtime.watch_for_delay,),
    database=False,
)

RETENTION = (
    *retention.RETENTION,
    *sessions.RETENTION,
    *account_mails.RETENTION,
    *account_log.RETENTION,
    *invitations.RETENTION,
    *tickets.RETENTION,
    *task_store.RETENTION,
    *project_store.RETENTION,
    *assistant_store.RETENTION,
    *notification_store.RETENTION,
    *chat_store.RETENTION,
    *authorization_store.RETENTION,
)
# After a restore from a backup: statements by those whose tables they change. $1 is the moment of the backup.
AFTER_RESTORE = (
    *replay.after_restore(notifying=NOTIFICATION.app_id),
    *sessions.AFTER_RESTORE,
    *account_mails.AFTER_RESTORE,
    *invitations.AFTER_RESTORE,
    *authorization_store.AFTER_RESTORE,
    *task_store.AFTER_RESTORE,
    *reminder_queries.AFTER_RESTORE,
    *notification_store.AFTER_RESTORE,
    *delivery_queue.AFTER_RESTORE,
)
# What a person can download about themselves.
OWN_DATA = {
    **own_data.SECTIONS,
    **account_log.SECTIONS,
    **project_store.SECTIONS,
    **task_store.SECTIONS,
    **series_store.SECTIONS,
    **reminder_queries.SECTIONS,
    **calendar_store.SECTIONS,
    **audit_queries.SECTIONS,
    **notification_store.SECTIONS,
    **chat_store.SECTIONS,
    **assistant_store.SECTIONS,
    **authorization_store.SECTIONS,
}
# Delete what other rooms keep about a user without a foreign key to the account.
ERASERS = (erase_events, erase_history)
# Off by default: what a user sees is kept.
OPTIONAL_RETENTION = (notification_store.retention, audit_retention)
# Gauges that are read from the database.
SAMPLES = (*sampling.SAMPLES, *firing.SAMPLES, *delivery_queue.SAMPLES)

BACKEND = Service(
    "todo-backend",
    routers=(
        accounts,
        passwords,
        addresses,
        leaving_routes,
        account_log_routes,
        own_data.own_data(OWN_DATA),
        session_routes,
        tasks,
        projects,
        quick_add,
        recurrence,
        reminder_preview,
        history,
        notifications,
        calendars,
        chat,
        oauth,
        connections,
        realtime.public,
        realtime.internal,
        assistant,
        mcp,
    ),
    # The dead letters of all services are read by the one that every installation has.
    dead_letters=dead_letters_of(RECURRING_TASK, NOTIFICATION, AUDIT),
    background_tasks=(
        relay,
        watch_broker_log,
        retention.pruning(RETENTION, OPTIONAL_RETENTION),
        sampling.sampling(SAMPLES),
        watching_lag(RECURRING_TASK, NOTIFICATION, AUDIT),
        watch_certificate,
        forget_callers,
        leaving.removing(*ERASERS),
        follow_zone_changes,
        finish_answers,
        keep_words,
    ),
)

SERVICES = (BACKEND, RECURRING_TASK, NOTIFICATION, AUDIT, WEBSOCKET)
