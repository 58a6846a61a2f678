"""The errors of the domain, as a closed tree.

DomainError
├── Invalid        the input breaks a rule; `field` names which one
├── NotFound       absent, or another user's: the two look alike on purpose
├── Conflict       the current state does not allow the change
├── StaleVersion   If-Match names an older version
├── Unauthorized   the caller is not logged in
├── Forbidden      the caller may not do this
└── TooMany        a limit was reached; try again later

The HTTP API and the command line map them to statuses and exit codes. Messages are sentences for people.
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
    def __init__(self, message: str, retry_after: int, policy: str | None = None) -> None:
        """`policy` describes the limit as a RateLimit-Policy header does."""
        super().__init__(message)
        self.retry_after = retry_after
        self.policy = policy
