"""Every operation of REST has its tool, or a reason why it has none."""

from todo.assistant.tools import TOOLS
from todo.runtime.app import build_app
from todo.runtime.settings import Settings
from todo.services import SERVICES

# REST operation → the tools that do the same by the same command or query.
TOOL_OF = {
    "createTask": "add_tasks",
    "listTasks": "search_tasks list_tasks_by_date search",
    "countTasks": "get_overview",
    "getTask": "get_tasks fetch",
    "editTask": "update_tasks reschedule_tasks set_reminders",
    "deleteTask": "delete_tasks",
    "completeTask": "complete_tasks",
    "reopenTask": "reopen_tasks",
    "skipTask": "skip_tasks",
    "restoreTask": "restore_tasks",
    "postponeTask": "postpone_tasks",
    "listProjects": "list_projects",
    "getProject": "list_projects",
    "listOccurrences": "get_history",
    "listTaskHistory": "get_history",
    "previewRecurrence": "preview_recurrence",
    "listNextDates": "preview_recurrence",
    "snoozeNotification": "snooze_reminders",
    "applyProposal": "apply_proposal",
    "undoBatch": "undo_changes",
}
# Tools for which REST needs no operation of its own.
ONLY_TOOLS = {
    "propose_changes": "the page shows proposals, it makes none",
    "list_tags": "the page takes the tags from its tasks",
}
_ACCOUNT = "an assistant does not manage the account, its credentials or where reminders are sent"
_INBOX = "the bell of the page; an assistant works on tasks"
_PROJECTS = "an assistant files tasks into projects; a person makes and arranges them"
NO_TOOL = {
    **dict.fromkeys(
        (
            *("createProject", "editProject", "deleteProject", "restoreProject", "orderProjects"),
            *("archiveProject", "unarchiveProject", "moveTask"),
        ),
        _PROJECTS,
    ),
    "parseTask": "a model fills in the fields itself",
    "listTaskChanges": "catch-up of the page",
    "getProposal": "a tool's answer has the whole proposal",
    "dismissProposal": "an open proposal expires",
    "previewReminders": "the form shows it before a task is saved; a proposal says it too",
    **dict.fromkeys(
        (
            *("chat", "getChatStatus", "stopAnswer", "retryAnswer", "listConversations"),
            *("getConversation", "renameConversation", "deleteConversation"),
        ),
        "the chat itself uses the tools",
    ),
    "listTaskReminders": _INBOX,
    "listDeliveries": _INBOX,
    "listNotifications": _INBOX,
    "readNotification": _INBOX,
    "readAllNotifications": _INBOX,
    "doneFromNotification": _INBOX,
    **dict.fromkeys(
        (
            *("register", "logIn", "logOut", "getMe", "changeMe"),
            *("listTokens", "createToken", "deleteToken"),
            *("listChannels", "createChannel", "changeChannel", "deleteChannel", "testChannel"),
            *("createFeed", "closeFeed", "readFeed", "importCalendar", "exportAll"),
            *("readConnectionRequest", "answerConnectionRequest"),
            *("listConnectedAssistants", "disconnectAssistant"),
            *("createTicket", "openLink", "followLink"),
        ),
        _ACCOUNT,
    ),
    **dict.fromkeys(
        (
            *(
                "chat",
                "stopAnswer",
                "retryAnswer",
                "continueAnswer",
                "getChatStatus",
                "listConversations",
            ),
            *("getConversation", "renameConversation", "deleteConversation"),
        ),
        "the chat is an assistant itself",
    ),
}


def operations() -> set[str]:
    paths = build_app(SERVICES, Settings(_env_file=None)).openapi()["paths"]
    return {operation["operationId"] for path in paths.values() for operation in path.values()}


def test_every_operation_has_a_tool_or_a_reason() -> None:
    assert operations() == TOOL_OF.keys() | NO_TOOL.keys()


def test_every_tool_belongs_to_an_operation_or_has_a_reason() -> None:
    mapped = {name for names in TOOL_OF.values() for name in names.split()}
    assert mapped | ONLY_TOOLS.keys() == {tool.name for tool in TOOLS}


def test_hints_are_true() -> None:
    hints = {tool.name: (tool.read_only, tool.destructive, tool.idempotent) for tool in TOOLS}
    assert all(not destructive for read_only, destructive, _ in hints.values() if read_only)
    assert [name for name, (_, _, idempotent) in hints.items() if not idempotent] == ["add_tasks"]
    assert {name for name, (_, destructive, _) in hints.items() if destructive} == {
        "update_tasks",
        "delete_tasks",
        "apply_proposal",
        "undo_changes",
    }
