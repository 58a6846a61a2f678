"""Settings from the environment. A wrong value stops the start with one line that names the setting."""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from limits import parse as parse_rate
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsInvalid(Exception):
    """One line for the operator: which setting is wrong, why, and what to do."""


def postgres_url(url: str) -> str:
    """Convert common forms of the URL (`postgres://`, Neon's) to the one that asyncpg accepts.

    Neon adds `channel_binding=require`, a libpq option that asyncpg would send to the server as a setting.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("must start with postgres:// or postgresql://")
    query = [(k, v) for k, v in parse_qsl(parts.query) if k != "channel_binding"]
    return urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query), ""))


def _networks(addresses: str) -> str:
    """Addresses and networks, separated by commas. Raises ValueError."""
    parts = [part.strip() for part in addresses.split(",") if part.strip()]
    for part in parts:
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(
                f"“{part}” is not an address or a network, such as 10.0.0.7 or 10.0.0.0/8"
            ) from None
    return ",".join(parts)


def _names(names: str) -> str:
    """Host names, separated by commas. Raises ValueError."""
    parts = [part.strip().lower() for part in names.split(",") if part.strip()]
    for part in parts:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", part):
            raise ValueError(f"“{part}” is not a host name, such as todo.example.com")
    return ",".join(parts)


def _rate(rate: str) -> str:
    """A rate that the library `limits` can read. Raises ValueError."""
    try:
        parse_rate(rate)
    except ValueError:
        raise ValueError(f"“{rate}” is not a rate, such as 10/minute or 20/day") from None
    return rate


PostgresUrl = Annotated[str, BeforeValidator(postgres_url)]
Rate = Annotated[str, AfterValidator(_rate)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _alias(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """All settings; `.env.example` explains each."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    database_url: PostgresUrl | None = Field(None, validation_alias=_alias("DATABASE_URL"))
    database_pool: PositiveInt = Field(10, validation_alias=_alias("TODO_DATABASE_POOL"))
    port: Port = Field(3000, validation_alias=_alias("TODO_PORT"))
    data_dir: Path = Field(Path(".data"), validation_alias=_alias("TODO_DATA_DIR"))
    public_url: str | None = Field(None, validation_alias=_alias("TODO_PUBLIC_URL"))
    hosts: Annotated[str, BeforeValidator(_names)] = Field(
        "", validation_alias=_alias("TODO_HOSTS")
    )
    signup: Literal["open", "invite", "closed"] = Field(
        "open", validation_alias=_alias("TODO_SIGNUP")
    )
    trusted_proxies: Annotated[str, BeforeValidator(_networks)] = Field(
        "", validation_alias=_alias("TODO_TRUSTED_PROXIES")
    )
    max_connections: PositiveInt = Field(1000, validation_alias=_alias("TODO_MAX_CONNECTIONS"))
    max_connections_per_address: PositiveInt = Field(
        200, validation_alias=_alias("TODO_MAX_CONNECTIONS_PER_ADDRESS")
    )
    secret_key: SecretStr | None = Field(None, validation_alias=_alias("TODO_SECRET_KEY"))
    # Rates, counted per process, and the most that an account may have. SECURITY.md lists all limits.
    login_limit: Rate = Field("10/minute", validation_alias=_alias("TODO_LOGIN_LIMIT"))
    address_limit: Rate = Field("6000/minute", validation_alias=_alias("TODO_ADDRESS_LIMIT"))
    user_limit: Rate = Field("1200/minute", validation_alias=_alias("TODO_USER_LIMIT"))
    import_limit: Rate = Field("60/hour", validation_alias=_alias("TODO_IMPORT_LIMIT"))
    feed_limit: Rate = Field("120/hour", validation_alias=_alias("TODO_FEED_LIMIT"))
    test_message_limit: Rate = Field("20/day", validation_alias=_alias("TODO_TEST_MESSAGE_LIMIT"))
    max_tasks: PositiveInt = Field(100_000, validation_alias=_alias("TODO_MAX_TASKS"))
    max_channels: PositiveInt = Field(20, validation_alias=_alias("TODO_MAX_CHANNELS"))
    max_tokens: PositiveInt = Field(50, validation_alias=_alias("TODO_MAX_TOKENS"))
    max_sockets: PositiveInt = Field(30, validation_alias=_alias("TODO_MAX_SOCKETS"))
    session_days: PositiveInt = Field(30, validation_alias=_alias("TODO_SESSION_DAYS"))
    session_idle_days: PositiveInt = Field(14, validation_alias=_alias("TODO_SESSION_IDLE_DAYS"))
    vapid_private_key: SecretStr | None = Field(
        None, validation_alias=_alias("TODO_VAPID_PRIVATE_KEY")
    )

    app_host: str = Field("127.0.0.1", validation_alias=_alias("TODO_HOST"))
    app_port: Port = Field(8000, validation_alias=_alias("APP_PORT"))
    metrics_port: Port | None = Field(None, validation_alias=_alias("TODO_METRICS_PORT"))
    # Only `make up`: Prometheus and Alertmanager beside the product.
    monitoring: bool = Field(False, validation_alias=_alias("MONITORING"))
    alert_webhook: SecretStr | None = Field(None, validation_alias=_alias("TODO_ALERT_WEBHOOK"))

    smtp_url: SecretStr | None = Field(None, validation_alias=_alias("SMTP_URL"))
    smtp_from: str = Field("Todo <todo@localhost>", validation_alias=_alias("SMTP_FROM"))
    allow_private_addresses: bool = Field(
        False, validation_alias=_alias("TODO_ALLOW_PRIVATE_ADDRESSES")
    )

    runtime: Literal["embedded", "dapr"] = Field(
        "embedded", validation_alias=_alias("TODO_RUNTIME")
    )
    dapr_http_port: Port = Field(3500, validation_alias=_alias("DAPR_HTTP_PORT"))
    dapr_api_token: SecretStr | None = Field(None, validation_alias=_alias("DAPR_API_TOKEN"))
    app_api_token: SecretStr | None = Field(None, validation_alias=_alias("APP_API_TOKEN"))
    secret_store: str = Field("local-secrets", validation_alias=_alias("TODO_SECRET_STORE"))
    kafka_brokers: str | None = Field(None, validation_alias=_alias("KAFKA_BROKERS"))
    kafka_username: str | None = Field(None, validation_alias=_alias("KAFKA_USERNAME"))
    kafka_password: SecretStr | None = Field(None, validation_alias=_alias("KAFKA_PASSWORD"))
    kafka_sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-256", validation_alias=_alias("KAFKA_SASL_MECHANISM")
    )

    # Used only with a user name. false is for a test's broker on loopback.
    kafka_tls: bool = Field(True, validation_alias=_alias("KAFKA_TLS"))
    kafka_ca: Path | None = Field(None, validation_alias=_alias("KAFKA_CA"))

    # The chat's model: any OpenAI-compatible endpoint. Without TODO_MODEL the local model answers.
    # The secret store goes before this key.
    openai_api_key: SecretStr | None = Field(None, validation_alias=_alias("OPENAI_API_KEY"))
    openai_base_url: str | None = Field(None, validation_alias=_alias("OPENAI_BASE_URL"))
    model: str | None = Field(None, validation_alias=_alias("TODO_MODEL"))
    chat_tokens_per_day: PositiveInt = Field(
        200_000, validation_alias=_alias("TODO_CHAT_TOKENS_PER_DAY")
    )

    # Not shorter than the inbox is kept: a replayed event finds the notification that it has made.
    keep_notifications_days: int | None = Field(
        None, ge=42, validation_alias=_alias("TODO_KEEP_NOTIFICATIONS_DAYS")
    )
    keep_history_days: int | None = Field(
        None, ge=42, validation_alias=_alias("TODO_KEEP_HISTORY_DAYS")
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias=_alias("TODO_LOG_LEVEL")
    )

    @field_validator("model", "openai_base_url", "openai_api_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/")

    @property
    def can_mail(self) -> bool:
        return bool(self.smtp_url)

    @property
    def session_lasts(self) -> timedelta:
        return timedelta(days=self.session_days)

    @property
    def session_idle(self) -> timedelta:
        """How long a session may be unused."""
        return timedelta(days=self.session_idle_days)

    @property
    def origin(self) -> str:
        """The base URL of links in mails."""
        return self.public_url or f"http://localhost:{self.port}"


def load_settings(**overrides: object) -> Settings:
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise SettingsInvalid(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
