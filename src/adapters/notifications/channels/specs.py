"""The file `NOTIFICATIONS`: the channels that the operator has made. No message quotes its values, which are secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from watch_cluster.adapters.notifications.channels.apprise_sender import is_installed
from watch_cluster.adapters.notifications.channels.message import DEFAULT_TEMPLATE, check_template
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.schedule import InvalidSchedule, Schedule
from watch_cluster.domain.schedule.timezone import parse_timezone

MAX_CHANNELS: Final = 50
_MAX_BYTES: Final = 256 * 1024
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_URL: Final = re.compile(r"https?://[!-~]+", re.ASCII)
_ADDRESS: Final = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_TRANSPORTS: Final = ("slack", "teams", "discord", "telegram", "ntfy", "email", "apprise")
DEFAULT_TYPES: Final = tuple(
    each
    for each in NotificationType
    if each not in {NotificationType.DEPLOYMENT_DETECTED, NotificationType.IMAGE_ROLLOUT_STARTED}
)


class InvalidChannels(ValueError):  # noqa: N818 - the name says what is wrong
    """The file is not valid. The message is one line without values."""


def _url(secret: SecretStr) -> SecretStr:
    if not _URL.fullmatch(secret.get_secret_value()):
        raise ValueError("this is not a URL: write https://…")
    return secret


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("this is not an e-mail address")
    return text


def _template(text: str) -> str:
    check_template(text)
    return text


def _schedule(text: str | None) -> str | None:
    try:
        return None if text is None else str(Schedule.parse(text))
    except InvalidSchedule as error:
        raise ValueError("this is no schedule: write it as for `cron`, such as 0 0 9 ? * MON-FRI") from error


def _timezone(text: str) -> str:
    parse_timezone(text)
    return text


Url = Annotated[SecretStr, AfterValidator(_url)]
Address = Annotated[str, AfterValidator(_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TelegramSpec(_Strict):
    """A bot and the chat that it writes to."""

    token: SecretStr
    chat: str
    server: Url = SecretStr("https://api.telegram.org")


class NtfySpec(_Strict):
    """A topic, and the token for it."""

    topic: str
    server: Url = SecretStr("https://ntfy.sh")
    token: SecretStr | None = None


class EmailSpec(_Strict):
    """A mail server, who writes, and to whom."""

    server: str
    port: Annotated[int, Field(gt=0, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")
    sender: Annotated[Address, Field(alias="from")]
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=20)]


class ChannelSpec(_Strict):
    """One channel: where it leads, what goes there, and which namespaces may use it (all when none is named)."""

    slack: Url | None = None
    teams: Url | None = None
    discord: Url | None = None
    telegram: TelegramSpec | None = None
    ntfy: NtfySpec | None = None
    email: EmailSpec | None = None
    apprise: SecretStr | None = None
    types: tuple[NotificationType, ...] = DEFAULT_TYPES
    namespaces: tuple[str, ...] = ()
    digest: Annotated[str | None, AfterValidator(_schedule)] = None
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    template: Annotated[str, Field(max_length=1000), AfterValidator(_template)] = DEFAULT_TEMPLATE

    @model_validator(mode="after")
    def _one_transport(self) -> ChannelSpec:
        given = [name for name in _TRANSPORTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a channel has exactly one of {', '.join(_TRANSPORTS)}")
        if self.apprise is not None and not is_installed():
            raise ValueError("apprise needs the extra watch-cluster[notifications]")
        if self.digest is None and "timezone" in self.model_fields_set:
            raise ValueError("timezone is that of a digest: write digest, too")
        if self.digest is not None and "template" in self.model_fields_set:
            raise ValueError("a digest has no template")
        return self


class _File(_Strict):
    channels: Annotated[dict[str, ChannelSpec], Field(max_length=MAX_CHANNELS)]


def read_channels(path: Path) -> dict[str, ChannelSpec]:
    """Read the channels by name. Raises `InvalidChannels`."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InvalidChannels(f"{str(path)!r} is larger than {_MAX_BYTES} bytes")
        document: Any = yaml.safe_load(content)
        channels = _File.model_validate(document).channels
    except OSError as error:
        raise InvalidChannels(f"{str(path)!r} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidChannels(f"{str(path)!r} is not YAML") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "channels"
        raise InvalidChannels(f"{str(path)!r}: {place}: {fault['msg'].removeprefix('Value error, ')}") from error
    wrong = next((name for name in channels if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise InvalidChannels(f"{str(path)!r}: {wrong[:63]!r} is not a name: use lower-case letters, digits and '-'")
    return channels
