"""/api/notifications, /api/channels, the ledger, and the links of mails."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import HTMLResponse

from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.addresses import ask_to_confirm
from todo.accounts.caller import Caller, CurrentCaller
from todo.db.relations import ACCOUNTS, TASKS
from todo.domain.errors import Conflict, DomainError, Invalid, NotFound
from todo.notifications import channels, commands, ledger, links
from todo.notifications.links import Action
from todo.notifications.schemas import (
    Channel,
    ChannelChanges,
    ChannelPage,
    Deliveries,
    NewChannel,
    NewlyMadeChannel,
    Notification,
    NotificationPage,
    Reminders,
    Snooze,
    TestResult,
)
from todo.notifications.senders import DeliveryFailed, Message, Senders, public_key
from todo.notifications.sending_settings import link_secret, sending_settings
from todo.notifications.store import ChannelStore, NotificationStore
from todo.reminders.queries import REMINDERS
from todo.runtime.context import Context
from todo.runtime.db.unit import Unit
from todo.runtime.http import rates
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext, OpenUnit
from todo.tasks import commands as tasks
from todo.tasks import queries
from todo.tasks.repeated import SentCommand, first_time
from todo.tasks.schemas import TaskId

router = APIRouter(prefix="/api", tags=["notifications"])

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_CHANGE = problems(401, 403, 404)
_TEST_SECONDS = 30
_LINK: dict[int | str, dict[str, Any]] = {
    **problems(),
    403: {
        "description": "A page that says why the link does nothing",
        "content": {"text/html": {"schema": {"type": "string"}}},
    },
}


@router.get("/notifications", operation_id="listNotifications", responses=problems(401))
async def list_notifications(
    caller: CurrentCaller,
    context: OpenContext,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> NotificationPage:
    async with context.db.reading() as connection:
        store = NotificationStore(connection)
        rows: list[Any] = list(
            await store.page(caller.user_id, unread=unread, before=cursor, limit=limit + 1)
        )
        number = await store.unread(caller.user_id)
    following = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    items = [Notification(**row) for row in rows[:limit]]
    return NotificationPage(items=items, next_cursor=following, unread=number)


@router.post(
    "/notifications/{notification_id}/read", operation_id="readNotification", responses=_CHANGE
)
async def read(
    notification_id: Id, caller: CurrentCaller, unit: OpenUnit, now: Now
) -> Notification:
    """Mark as read; the reminder is not sent through other channels any more."""
    store = NotificationStore(unit.connection)
    row = await store.owned_by(caller.user_id, notification_id)
    commands.acknowledge(caller.user_id, [row["reminder_id"]], unit, now)
    return _acknowledged(row, now)


@router.post(
    "/notifications/read-all",
    status_code=204,
    operation_id="readAllNotifications",
    responses=_CHANGE,
)
async def read_all(caller: CurrentCaller, unit: OpenUnit, now: Now) -> None:
    store = NotificationStore(unit.connection)
    rows = await store.page(caller.user_id, unread=True, before=None, limit=999)
    commands.acknowledge(caller.user_id, [row["reminder_id"] for row in rows], unit, now)


@router.post(
    "/notifications/{notification_id}/done",
    operation_id="doneFromNotification",
    responses=problems(401, 403, 404, 409),
)
async def done(
    notification_id: Id,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Notification:
    store = NotificationStore(unit.connection)
    row = await store.owned_by(caller.user_id, notification_id)
    if not await first_time(caller.user_id, sent, row["task_id"], unit):
        return _acknowledged(row, now)
    covered = await store.tasks_of(caller.user_id, row["reminder_id"], row["task_id"])
    if len(covered) > 1:
        raise Conflict(f"This notification covers {len(covered)} tasks; complete them one by one.")
    await tasks.complete_task(caller, row["task_id"], None, unit, now)
    commands.acknowledge(caller.user_id, [row["reminder_id"]], unit, now)
    return _acknowledged(row, now)


@router.post(
    "/notifications/{notification_id}/snooze", operation_id="snoozeNotification", responses=_CHANGE
)
async def snooze(
    notification_id: Id,
    wanted: Snooze,
    caller: CurrentCaller,
    sent: SentCommand,
    unit: OpenUnit,
    now: Now,
) -> Notification:
    store = NotificationStore(unit.connection)
    row = await store.owned_by(caller.user_id, notification_id)
    if not await first_time(caller.user_id, sent, row["task_id"], unit):
        return _acknowledged(row, now)
    covered = await store.tasks_of(caller.user_id, row["reminder_id"], row["task_id"])
    until = _until(wanted, now)
    commands.snooze(caller.user_id, row["reminder_id"], covered, until, unit, now)
    return _acknowledged(row, now)


def _acknowledged(row: asyncpg.Record, now: datetime) -> Notification:
    """The row as it will be when the unit has written it."""
    moments = {name: row[name] or now for name in ("read_at", "acknowledged_at")}
    return Notification(**{**row, **moments})


def _until(wanted: Snooze, now: datetime) -> datetime:
    if (wanted.minutes is None) == (wanted.until is None):
        raise Invalid("Give either minutes or until.", "minutes")
    if wanted.until is None:
        return now + timedelta(minutes=wanted.minutes or 0)
    if wanted.until <= now:
        raise Invalid("Choose a time in the future.", "until")
    return wanted.until


@router.get(
    "/tasks/{task_id}/reminders", operation_id="listTaskReminders", responses=problems(401, 404)
)
async def list_reminders(
    task_id: TaskId, caller: CurrentCaller, context: OpenContext, now: Now
) -> Reminders:
    async with context.db.reading() as connection:
        await queries.owned_by(connection, caller.user_id, task_id)
        rows: list[Any] = await ledger.reminders_of(connection, caller.user_id, task_id, now)
    return Reminders(items=rows)


@router.get(
    "/reminders/{reminder_id}/deliveries",
    operation_id="listDeliveries",
    responses=problems(401, 404),
)
async def list_deliveries(
    reminder_id: Id, caller: CurrentCaller, context: OpenContext, now: Now
) -> Deliveries:
    """Where a reminder was sent, or why it was not."""
    async with context.db.reading() as connection:
        found = await ledger.deliveries_of(connection, caller.user_id, reminder_id, now)
    return Deliveries(**found, next_cursor=None)


def _channel(row: asyncpg.Record, context: Context) -> dict[str, Any]:
    shown = channels.redact(row["kind"], row["config"])
    name = row["name"] or channels.label(row["kind"], row["config"])
    # A server that mails nothing asks for no confirmation.
    confirmed = row["confirmed"] or not context.settings.can_mail
    return {**row, "config": shown, "name": name, "confirmed": confirmed}


async def _ask_to_confirm(
    user_id: str, channel: asyncpg.Record, context: Context, unit: Unit
) -> None:
    if channel["kind"] == "email":
        await ask_to_confirm(
            user_id, channel["config"]["address"], unit, can_mail=context.settings.can_mail
        )


@router.get("/channels", operation_id="listChannels", responses=problems(401))
async def list_channels(caller: CurrentCaller, context: OpenContext) -> ChannelPage:
    settings = await sending_settings(context)
    async with context.db.reading() as connection:
        rows = await ChannelStore(connection).all(caller.user_id)
    return ChannelPage(
        items=[Channel(**_channel(row, context)) for row in rows],
        next_cursor=None,
        push_public_key=public_key(settings.vapid_private_key or ""),
    )


@router.post(
    "/channels", status_code=201, operation_id="createChannel", responses=problems(401, 403, 409)
)
async def create_channel(
    wanted: NewChannel, caller: CurrentCaller, context: OpenContext, log: CurrentLog
) -> NewlyMadeChannel:
    config = await channels.validate(wanted.kind, wanted.config, await sending_settings(context))
    most = context.settings.max_channels
    async with context.db.unit() as unit:
        store = ChannelStore(unit.connection)
        if len(await store.all(caller.user_id)) >= most:
            raise Conflict(f"An account has at most {most} channels here; delete one first.")
        row = await store.add(caller.user_id, wanted.kind, wanted.name, config, wanted.step)
        await _ask_to_confirm(caller.user_id, row, context, unit)
        log.note(caller.user_id, Happened.CHANNEL_ADDED, unit, name=_channel(row, context)["name"])
    return NewlyMadeChannel(**_channel(row, context), secret=config.get("secret"))


@router.patch("/channels/{channel_id}", operation_id="changeChannel", responses=_CHANGE)
async def change_channel(
    channel_id: Id,
    wanted: ChannelChanges,
    caller: CurrentCaller,
    context: OpenContext,
    log: CurrentLog,
) -> Channel:
    changes = wanted.model_dump(exclude_none=True)
    async with context.db.reading() as connection:
        old = await ChannelStore(connection).owned_by(caller.user_id, channel_id)
    if wanted.config is not None:
        changes["config"] = await channels.validate(
            old["kind"], wanted.config, await sending_settings(context), previous=old["config"]
        )
    async with context.db.unit() as unit:
        store = ChannelStore(unit.connection)
        if changes:
            await store.save(caller.user_id, channel_id, changes)
        row = await store.owned_by(caller.user_id, channel_id)
        if wanted.config is not None:
            await _ask_to_confirm(caller.user_id, row, context, unit)
            name = _channel(row, context)["name"]
            log.note(caller.user_id, Happened.CHANNEL_CHANGED, unit, name=name)
    return Channel(**_channel(row, context))


@router.delete(
    "/channels/{channel_id}", status_code=204, operation_id="deleteChannel", responses=_CHANGE
)
async def delete_channel(
    channel_id: Id, caller: CurrentCaller, unit: OpenUnit, log: CurrentLog
) -> None:
    if not await ChannelStore(unit.connection).remove(caller.user_id, channel_id):
        raise NotFound("There is no such channel.")
    log.note(caller.user_id, Happened.CHANNEL_REMOVED, unit)


@router.post(
    "/channels/{channel_id}/confirm",
    status_code=202,
    operation_id="mailChannelConfirmation",
    responses=_CHANGE,
)
async def mail_confirmation(
    channel_id: Id, caller: CurrentCaller, context: OpenContext, unit: OpenUnit
) -> None:
    """Mail the link again that confirms the address of the channel."""
    row = await ChannelStore(unit.connection).owned_by(caller.user_id, channel_id)
    await _ask_to_confirm(caller.user_id, row, context, unit)


@router.post(
    "/channels/{channel_id}/test",
    operation_id="testChannel",
    responses=problems(401, 403, 404, 409),
)
async def test_channel(
    channel_id: Id, caller: CurrentCaller, context: OpenContext, now: Now
) -> TestResult:
    """Send a message there now and report the result."""
    rates.require(
        context.settings.test_message_limit,
        "test message",
        caller.user_id,
        message="You have sent many test messages; wait before the next one.",
    )
    async with context.db.reading() as connection:
        row = await ChannelStore(connection).owned_by(caller.user_id, channel_id)
    if not _channel(row, context)["confirmed"]:
        raise Conflict("Confirm the address first: open the link that was mailed there.")
    senders = Senders(await sending_settings(context))
    try:
        async with asyncio.timeout(_TEST_SECONDS):
            await senders.of(row["kind"]).send(row["config"], _test_message(caller, context, now))
    except DeliveryFailed as failure:
        return TestResult(sent=False, reason=failure.reason)
    except TimeoutError:
        return TestResult(sent=False, reason="The receiver did not answer in time.")
    finally:
        await senders.aclose()
    return TestResult(sent=True, reason=None)


def _test_message(caller: Caller, context: Context, now: datetime) -> Message:
    return Message(
        delivery_id=uuid4(),
        user_id=caller.user_id,
        reminder_id=0,
        task_id=0,
        title="A test from Todo",
        body="Reminders will arrive here.",
        due_at=now,
        late_seconds=0,
        timezone=caller.timezone,
        url=context.settings.origin,
    )


@router.get(
    "/links/{action}/{token}",
    operation_id="openLink",
    response_class=HTMLResponse,
    responses=_LINK,
)
async def open_link(action: Action, token: str, context: OpenContext, now: Now) -> HTMLResponse:
    """Ask for confirmation: mail scanners follow links, and that must not change anything."""
    try:
        found = await _linked(action, token, context, now)
    except DomainError as error:
        return _page(links.result_page("This link does not work", error.message), 403)
    return _page(links.confirm_page(action, found["title"], task_url=_task_url(found, context)))


@router.post(
    "/links/{action}/{token}",
    operation_id="followLink",
    response_class=HTMLResponse,
    responses=_LINK,
)
async def follow_link(
    action: Action,
    token: str,
    context: OpenContext,
    now: Now,
    minutes: Annotated[int, Form(ge=1, le=60 * 24 * 30)] = 60,
) -> HTMLResponse:
    try:
        found = await _linked(action, token, context, now)
        link = links.verify(await link_secret(context), token, action=action, now=now)
        async with context.db.unit() as unit:
            if not await _first_use(link.jti, unit):
                raise Invalid("This link was used already.")
            caller = Caller(
                link.user_id, found["timezone"], tuple(found["default_reminders"]), "person"
            )
            if action is Action.DONE:
                await tasks.complete_task(caller, found["task_id"], None, unit, now)
                commands.acknowledge(link.user_id, [found["reminder_id"]], unit, now)
                headline = "Done"
            else:
                until = now + timedelta(minutes=minutes)
                covered = await NotificationStore(unit.connection).tasks_of(
                    link.user_id, found["reminder_id"], found["task_id"]
                )
                commands.snooze(link.user_id, found["reminder_id"], covered, until, unit, now)
                headline = "Snoozed"
    except DomainError as error:
        return _page(links.result_page("Nothing was changed", error.message), 403)
    return _page(links.result_page(headline, found["title"], task_url=_task_url(found, context)))


async def _linked(action: Action, token: str, context: Context, now: datetime) -> asyncpg.Record:
    link = links.verify(await link_secret(context), token, action=action, now=now)
    found = await context.db.pool.fetchrow(
        f"""SELECT t.id AS task_id, t.title, r.id AS reminder_id, a.timezone, a.default_reminders
            FROM delivery d JOIN ({REMINDERS}) r ON r.id = d.reminder_id JOIN ({TASKS}) t ON t.id = r.task_id
            JOIN ({ACCOUNTS}) a ON a.id = d.user_id WHERE d.id = $1 AND d.user_id = $2""",
        link.delivery_id,
        link.user_id,
    )
    if found is None:
        raise NotFound("The task does not exist any more.")
    return found


async def _first_use(jti: str, unit: Unit) -> bool:
    return bool(
        await unit.connection.fetchval(
            "INSERT INTO used_link (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", jti
        )
    )


def _task_url(found: asyncpg.Record, context: Context) -> str:
    return f"{context.settings.origin}/?task={found['task_id']}"


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, headers=dict(links.PAGE_HEADERS))
