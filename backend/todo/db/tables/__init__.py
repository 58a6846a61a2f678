"""The schema, declared once, with a module for each room. `alembic check` compares it with the database.

The classes are not used to read or write: stores send SQL through asyncpg, since the ORM's unit of work
costs three to six times the requests per second (docs/decisions/0002).
"""

from todo.db.tables.accounts import (
    AccessToken,
    Account,
    AccountEvent,
    AccountLink,
    AccountMail,
    ConfirmedAddress,
    Invitation,
    Session,
)
from todo.db.tables.assistant import ChangeBatch, ChangeBatchRow, Proposal, ToolCall
from todo.db.tables.audit import AuditLog
from todo.db.tables.authorization import OAuthClient, OAuthConnection, OAuthRequest, OAuthToken
from todo.db.tables.calendars import ImportedTodo
from todo.db.tables.chat import ChatUsage, Conversation, Message
from todo.db.tables.notifications import Channel, Delivery, Notification, UsedLink
from todo.db.tables.projects import Project
from todo.db.tables.realtime import Ticket
from todo.db.tables.reminders import Reminder
from todo.db.tables.runtime import (
    BusEvent,
    BusPosition,
    DeadLetter,
    Inbox,
    InstanceSecret,
    Outbox,
    StateEntry,
)
from todo.db.tables.tasks import IdempotencyKey, Task, TaskOccurrence, TaskRecurrence, ZoneRules

__all__ = [
    "AccessToken",
    "Account",
    "AccountEvent",
    "AccountLink",
    "AccountMail",
    "AuditLog",
    "BusEvent",
    "BusPosition",
    "ChangeBatch",
    "ChangeBatchRow",
    "Channel",
    "ChatUsage",
    "ConfirmedAddress",
    "Conversation",
    "DeadLetter",
    "Delivery",
    "IdempotencyKey",
    "ImportedTodo",
    "Inbox",
    "InstanceSecret",
    "Invitation",
    "Message",
    "Notification",
    "OAuthClient",
    "OAuthConnection",
    "OAuthRequest",
    "OAuthToken",
    "Outbox",
    "Project",
    "Proposal",
    "Reminder",
    "Session",
    "StateEntry",
    "Task",
    "TaskOccurrence",
    "TaskRecurrence",
    "Ticket",
    "ToolCall",
    "UsedLink",
    "ZoneRules",
]
