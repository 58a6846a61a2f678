"""Read dapr.yaml, a multi-app run template of the Dapr CLI (`dapr run -f`). Unsupported keys are refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from todo.launch.progress import CannotStart


class Shared(BaseModel):
    """Keys of `common` and of an app."""

    model_config = ConfigDict(extra="forbid")

    resources_paths: list[Path] | None = Field(None, alias="resourcesPaths")
    config_file_path: Path | None = Field(None, alias="configFilePath")
    api_listen_addresses: str | None = Field(None, alias="apiListenAddresses")
    app_protocol: str | None = Field(None, alias="appProtocol")
    log_level: str | None = Field(None, alias="logLevel")
    enable_app_health_check: bool | None = Field(None, alias="enableAppHealthCheck")
    app_health_check_path: str | None = Field(None, alias="appHealthCheckPath")
    app_health_probe_interval: int | None = Field(None, alias="appHealthProbeInterval")
    app_health_probe_timeout: int | None = Field(None, alias="appHealthProbeTimeout")
    app_health_threshold: int | None = Field(None, alias="appHealthThreshold")
    env: dict[str, str] = Field(default_factory=dict)


class App(Shared):
    app_id: str = Field(alias="appID")
    app_dir_path: Path = Field(alias="appDirPath")
    app_port: int = Field(alias="appPort")
    command: Annotated[list[str], Field(min_length=1)]


class Template(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    common: Shared = Field(default_factory=Shared)
    apps: Annotated[list[App], Field(min_length=1)]


# The flags of daprd for the keys, as the Dapr CLI passes them.
_FLAGS: Mapping[str, str] = {
    "api_listen_addresses": "--dapr-listen-addresses",
    "app_protocol": "--app-protocol",
    "log_level": "--log-level",
    "app_health_check_path": "--app-health-check-path",
    "app_health_probe_interval": "--app-health-probe-interval",
    "app_health_probe_timeout": "--app-health-probe-timeout",
    "app_health_threshold": "--app-health-threshold",
}


def load(path: Path) -> list[App]:
    """The apps with the keys they inherit from `common`, merged as the Dapr CLI does it.

    Paths become absolute. Those of an app are relative to its appDirPath, others to the file.
    """
    try:
        template = Template.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise CannotStart(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotStart(f"{path}: {where}: {first['msg']}") from error
    return [_whole(app, template.common, path.parent.absolute()) for app in template.apps]


def _whole(app: App, common: Shared, base: Path) -> App:
    app_dir = base / app.app_dir_path
    own = {**dict(app), **_absolute(app, app_dir)}
    shared = {**dict(common), **_absolute(common, base)}
    # The CLI (pkg/runfileconfig) takes false, 0 and "" for "not set".
    inherited = {name: value for name, value in shared.items() if not own[name]}
    return app.model_copy(
        update={**own, **inherited, "app_dir_path": app_dir, "env": {**common.env, **app.env}}
    )


def _absolute(keys: Shared, base: Path) -> dict[str, object]:
    return {
        "resources_paths": [base / path for path in keys.resources_paths or []],
        "config_file_path": keys.config_file_path and base / keys.config_file_path,
    }


def daprd_arguments(app: App) -> list[str]:
    """The flags of daprd for an app's sidecar."""
    words = ["--app-id", app.app_id]
    for path in app.resources_paths or []:
        words += ["--resources-path", str(path)]
    if app.config_file_path:
        words += ["--config", str(app.config_file_path)]
    for name, flag in _FLAGS.items():
        value = getattr(app, name)
        if value is not None:
            words += [flag, str(value)]
    if app.enable_app_health_check:
        words.append("--enable-app-health-check")
    return words
