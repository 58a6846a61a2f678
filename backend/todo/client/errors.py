"""What stands in the way, as one line and an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    REFUSED = 1  # the server understood and said no
    USAGE = 2  # as click's own
    LOGIN = 3  # no token, or not a good one
    UNREACHABLE = 4  # no answer, or none of a Todo server


class ClientError(Exception):
    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
