"""The server and the token: from flags, then the environment, then the file that `todo login` wrote."""

import json
import os
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from todo.client.errors import ClientError, Exit

DEFAULT_URL = "http://localhost:3000"
_LOCAL = ("localhost", "127.0.0.1", "[::1]")

# An empty variable means “not set”: `TODO_URL= todo list`.
_Unset = BeforeValidator(lambda value: value or None)


class ClientSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    url: Annotated[str | None, _Unset] = Field(None, validation_alias="TODO_URL")
    token: Annotated[SecretStr | None, _Unset] = Field(None, validation_alias="TODO_TOKEN")
    config_home: Annotated[Path | None, _Unset] = Field(None, validation_alias="XDG_CONFIG_HOME")

    @property
    def file(self) -> Path:
        return (self.config_home or Path.home() / ".config") / "todo" / "config.toml"


@dataclass(frozen=True, slots=True)
class Saved:
    """The config file. A token belongs to the server that issued it and is sent to no other."""

    url: str | None = None
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    url: str
    token: str | None = field(repr=False)


def choose_connection(url: str | None, token: str | None) -> Connection:
    settings = ClientSettings()
    saved = load(settings.file)
    chosen = normal_url(url or settings.url or saved.url or DEFAULT_URL)
    from_environment = settings.token.get_secret_value() if settings.token else None
    return Connection(chosen, token or from_environment or saved.tokens.get(chosen))


def normal_url(url: str) -> str:
    """The base URL: also of `todo.example.org` and `https://todo.example.org/api/`."""
    url = url.strip()
    if "://" not in url:
        url = f"{'http' if url.startswith(_LOCAL) else 'https'}://{url}"
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", url):
        raise ClientError(f"{url} is not the address of a server; try {DEFAULT_URL}.", Exit.USAGE)
    return url.rstrip("/").removesuffix("/api")


def load(file: Path) -> Saved:
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return Saved()
    except (OSError, ValueError) as error:
        raise ClientError(f"{file} cannot be read: {error}", Exit.USAGE) from None
    url, tokens = values.get("url"), values.get("tokens", {})
    if not isinstance(tokens, dict) or not isinstance(url, str | None):
        raise ClientError(f"{file} is not a config file of `todo`; remove it.", Exit.USAGE)
    return Saved(url, {str(key): str(value) for key, value in tokens.items()})


def save_login(url: str, token: str) -> Path:
    """Save the token for this server, and make the server the default."""
    file = ClientSettings().file
    saved = load(file)
    saved = replace(saved, url=url, tokens={**saved.tokens, url: token})
    # JSON strings are TOML strings, quoted keys included.
    tokens = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in saved.tokens.items()]
    text = "\n".join([f"url = {json.dumps(url)}", "", "[tokens]", *tokens, ""])
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A temporary file has mode 600 from the start, so others can never read the token.
        with NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as new:
            new.write(text)
        os.replace(new.name, file)
    except OSError as error:
        raise ClientError(f"The token could not be saved in {file}: {error.strerror}.") from None
    return file
