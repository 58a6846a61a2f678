"""`todo admin`: the accounts of this server. A command imports what it needs, so that --help is fast."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from todo.launch.operate import operate, stop

if TYPE_CHECKING:
    from todo.launch.installation import Operating
    from todo.runtime.db.unit import Unit

admin = typer.Typer(no_args_is_help=True, help="The accounts of this server.")


@admin.command("invite")
def admin_invite() -> None:
    """Print a link that lets one person sign up, for seven days (with TODO_SIGNUP=invite)."""
    from todo.accounts.invitations import invitation_link, invite

    async def run(operating: "Operating") -> None:
        async with operating.database.unit() as unit:
            secret, _ = await invite(unit, unit.now())
        typer.echo(invitation_link(operating.settings.origin, secret))

    operate(run)


@admin.command("users")
def admin_users() -> None:
    """List the accounts."""
    from todo.accounts.administration import users

    async def run(operating: "Operating") -> None:
        async with operating.database.unit() as unit:
            for user in await users(unit):
                states = {
                    "administrator": user["is_admin"],
                    "disabled": user["disabled_at"],
                    "will be deleted": user["delete_at"],
                }
                shown = ", ".join(name for name, is_so in states.items() if is_so)
                typer.echo(f"{user['created_at']:%Y-%m-%d}  {user['email']}  {shown}".rstrip())

    operate(run)


_Email = Annotated[str, typer.Argument(help="address of the account")]


@admin.command("disable")
def admin_disable(email: _Email) -> None:
    """Sign an account out everywhere and refuse its logins. Its data stays."""
    from todo.accounts.administration import set_disabled

    _change_accounts(lambda unit: set_disabled(email, True, unit))


@admin.command("enable")
def admin_enable(email: _Email) -> None:
    """Accept the logins of a disabled account again."""
    from todo.accounts.administration import set_disabled

    _change_accounts(lambda unit: set_disabled(email, False, unit))


@admin.command("promote")
def admin_promote(email: _Email) -> None:
    """Make an account an administrator."""
    from todo.accounts.administration import set_administrator

    _change_accounts(lambda unit: set_administrator(email, True, unit))


@admin.command("demote")
def admin_demote(email: _Email) -> None:
    """Take the role of administrator from an account."""
    from todo.accounts.administration import set_administrator

    _change_accounts(lambda unit: set_administrator(email, False, unit))


def _change_accounts(change: "Callable[[Unit], Awaitable[None]]") -> None:
    async def run(operating: "Operating") -> None:
        from todo.domain.errors import NotFound

        try:
            async with operating.database.unit() as unit:
                await change(unit)
        except NotFound as error:
            stop(error.message)

    operate(run)
