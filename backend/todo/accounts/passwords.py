"""Hashing of passwords, and which passwords are accepted."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from pwdlib import PasswordHash

from todo.domain.errors import Invalid

_passwords = PasswordHash.recommended()
# Argon2 takes 64 MiB for each password; further logins wait.
_hashing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
_COMMON = Path(__file__).parent / "common_passwords.txt"


@cache
def _decoy() -> str:
    """A hash to verify when the account does not exist, so that both refusals take equally long."""
    return _passwords.hash("no account has this password")


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_hashing, _passwords.hash, password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    return await asyncio.get_running_loop().run_in_executor(
        _hashing, _verify, password, password_hash
    )


def _verify(password: str, password_hash: str | None) -> bool:
    return _passwords.verify(password, password_hash or _decoy()) and password_hash is not None


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def refuse_weak(password: str, address: str, field: str = "password") -> None:
    """Refuse the commonest passwords and the person's own address, in any case. Raises Invalid."""
    plain = password.casefold()
    if plain in _common():
        raise Invalid("This is one of the passwords that are tried first; choose another.", field)
    if plain in {address.casefold(), address.partition("@")[0].casefold()}:
        raise Invalid("Do not use your address as the password; choose another.", field)
