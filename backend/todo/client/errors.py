"""Errors of the command line: one line and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    REFUSED = 1  # the server refused the request
    USAGE = 2  # the same as click uses
    LOGIN = 3  # no token, or an invalid one
    UNREACHABLE = 4  # no answer, or not from a Todo server


class ClientError(Exception):
    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
