"""What the business refuses, as a closed tree.

DomainError
├── Invalid        the input breaks a rule; `field` names which one
├── NotFound       absent, or somebody else's: the two look alike on purpose
├── Conflict       the state changed under the caller
├── StaleVersion   If-Match named an older version
├── Unauthorized   nobody is logged in
├── Forbidden      somebody is, but may not do this
└── TooMany        a limit was reached; try again later

Every edge translates them itself (HTTP statuses, exit codes, MCP errors); messages are sentences for people.
"""


class DomainError(Exception):
    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    pass


class NotFound(DomainError):
    pass


class Conflict(DomainError):
    pass


class StaleVersion(DomainError):
    pass


class Unauthorized(DomainError):
    pass


class Forbidden(DomainError):
    pass


class TooMany(DomainError):
    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
