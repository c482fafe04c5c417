"""The controller's settings, read from environment variables and checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import httpx
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from watch_cluster.adapters.oci.http.proxies import Proxies, Proxy
from watch_cluster.adapters.oci.http.tls import check_authorities
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.domain.policy.policy import PolicyReader
from watch_cluster.domain.policy.setting import SettingError
from watch_cluster.domain.rollout.notification import NotificationType
from watch_cluster.domain.workload import annotation

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*", re.ASCII)
SECRET: Final = frozenset({"WEBHOOK_URL", "WEBHOOK_HEADERS", "WEBHOOK_SECRET", "HTTPS_PROXY", "HTTP_PROXY"})
"""The variables whose values are not shown."""
_EITHER_CASE: Final = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"})
"""The variables that custom has in lower case as well."""
_HOST: Final = re.compile(r"(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?", re.ASCII)


class InvalidSettings(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """One line for each environment variable that cannot be used."""


def _names(text: object) -> object:
    """Split at commas; blanks and repeats do not matter."""
    if not isinstance(text, str):
        return text
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _namespace(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a namespace: use lower-case letters, digits and '-'")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host: write registry.example or registry.example:5000")
    return text


def _mirrors(text: object) -> object:
    if not isinstance(text, str):
        return text
    mirrors = tuple(Mirror.parse(part.strip()) for part in text.split(",") if part.strip())
    registries = [each.registry.lower() for each in mirrors]
    twice = next((each for each in registries if registries.count(each) > 1), None)
    if twice is not None:
        raise ValueError(f"the registry {twice!r} has several mirrors: name one")
    return mirrors


def _authorities(path: Path) -> Path:
    check_authorities(path)
    return path


Namespace = Annotated[str, BeforeValidator(_namespace)]
Host = Annotated[str, BeforeValidator(_host)]


def _flag(text: object) -> object:
    if isinstance(text, str) and text.lower() not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return text


def _url(text: str) -> str:
    """Check the URL. What it says may be a secret and is not quoted."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError(
            "this is no URL for webhooks: write https://HOST/PATH, and what a receiver wants to know of the sender in"
            " WEBHOOK_HEADERS"
        )
    return text


def _collector(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"{text!r} is no URL of a collector: write http://HOST:4318")
    return text


def _headers(text: object) -> object:
    """Split `key1=value1,key2=value2`. The values may be secrets and are not quoted."""
    if not isinstance(text, str):
        return text
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    for number, (name, equals, value) in enumerate(pairs, 1):
        if not equals or not _TOKEN.fullmatch(name.strip()) or not _PRINTABLE.fullmatch(value.strip()):
            raise ValueError(f"entry {number} is no header: write key1=value1,key2=value2")
    return tuple((name.strip(), SecretStr(value.strip())) for name, _, value in pairs)


def _proxy(text: object) -> object:
    return Proxy.parse(text) if isinstance(text, str) else text


Flag = Annotated[bool, BeforeValidator(_flag)]
Headers = Annotated[tuple[tuple[str, SecretStr], ...], BeforeValidator(_headers)]


class Settings(BaseModel):
    """What can be set, under the names of the environment variables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    WATCH_NAMESPACES: Annotated[tuple[Namespace, ...], BeforeValidator(_names)] = ()
    """The namespaces to watch, comma separated; all when empty."""

    REGISTRY_PLAIN_HTTP: Annotated[tuple[Host, ...], BeforeValidator(_names)] = ()
    """Registries that are spoken to without TLS, `host` or `host:port`, comma separated. Loopback needs no entry."""

    REGISTRY_CONFIG: Path | None = None
    """A Docker `config.json` with credentials for registries."""

    REGISTRY_CA_FILE: Annotated[Path, AfterValidator(_authorities)] | None = None
    """A PEM file with authorities that are trusted for registries, beside the system's."""

    REGISTRY_MIRRORS: Annotated[tuple[Mirror, ...], BeforeValidator(_mirrors)] = ()
    """Who is asked instead of a registry, as `REGISTRY=HOST[/PATH]`, comma separated."""
    REGISTRY_CREDENTIAL_PROVIDERS: Path | None = None
    """A kubelet's CredentialProviderConfig: the plugins that give credentials for registries."""

    REGISTRY_CREDENTIAL_PROVIDERS_BIN: Path | None = None
    """The folder with the executables of those plugins."""

    REGISTRY_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 30_000
    """The longest that one answer of a registry may take, with everything that it needs, in milliseconds."""

    HTTPS_PROXY: Annotated[Proxy, BeforeValidator(_proxy)] | None = None
    """The proxy through which registries are asked over TLS."""

    HTTP_PROXY: Annotated[Proxy, BeforeValidator(_proxy)] | None = None
    """The proxy through which registries are asked without TLS."""

    NO_PROXY: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """The registries that are asked without a proxy, comma separated."""

    CHECK_WORKERS: Annotated[int, Field(gt=0, le=256)] = 8
    """How many checks may be under way at once."""

    MAX_CONCURRENT_ROLLOUTS: Annotated[int, Field(gt=0, le=10_000)] = 10
    """How many rollouts may be in flight at once; the others wait for their turn."""

    HEALTH_PORT: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where `/healthz` and `/readyz` are answered; 0 for nowhere."""

    WEBHOOK_URL: Annotated[str, BeforeValidator(_url)] | None = None
    """Where webhooks are sent; nowhere when it is not set."""

    WEBHOOK_ENABLE_DEPLOYMENT_DETECTED: Flag = False
    """Whether `DEPLOYMENT_DETECTED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED: Flag = False
    """Whether `IMAGE_ROLLOUT_STARTED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED: Flag = False
    """Whether `IMAGE_ROLLOUT_COMPLETED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED: Flag = False
    """Whether `IMAGE_ROLLOUT_FAILED` is sent."""

    WEBHOOK_ENABLE_IMAGE_ROLLED_BACK: Flag = False
    """Whether `IMAGE_ROLLED_BACK` is sent."""

    WEBHOOK_HEADERS: Headers = ()
    """Headers that go with every webhook, as `key1=value1,key2=value2`."""

    WEBHOOK_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 10_000
    """The longest that one attempt to deliver a webhook may take, in milliseconds."""

    WEBHOOK_RETRY_COUNT: Annotated[int, Field(ge=0, le=20)] = 3
    """How often a webhook is sent again after an attempt that failed."""

    WEBHOOK_SECRET: SecretStr | None = None
    """The key with which webhooks are signed; they are not when it is not set."""

    DEFAULT_CRON: str | None = None
    DEFAULT_TIMEZONE: str | None = None
    DEFAULT_STRATEGY: str | None = None
    DEFAULT_CONSTRAINT: str | None = None
    DEFAULT_ALLOW_TAGS: str | None = None
    DEFAULT_IGNORE_TAGS: str | None = None
    DEFAULT_PRERELEASE: str | None = None
    DEFAULT_VARIANT: str | None = None
    DEFAULT_TAG_PATTERN: str | None = None
    DEFAULT_BEHIND: str | None = None
    DEFAULT_PIN: str | None = None
    DEFAULT_MIN_AGE: str | None = None
    DEFAULT_CONTAINERS: str | None = None
    DEFAULT_WINDOW: str | None = None
    DEFAULT_MODE: str | None = None
    DEFAULT_APPROVAL: str | None = None
    DEFAULT_ROLLOUT_TIMEOUT: str | None = None
    DEFAULT_SOAK: str | None = None
    DEFAULT_ROLLBACK: str | None = None
    """What counts for workloads and namespaces that do not say it themselves, as the annotations are written."""

    LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are logged."""

    LOG_FORMAT: Literal["auto", "json", "console"] = "auto"
    """`json`, `console`, or `auto`: for people on a terminal, JSON elsewhere."""

    POD_NAMESPACE: Namespace = "watch-cluster"
    """The namespace of Watch-Cluster itself, where its Lease is kept."""

    OTEL_EXPORTER_OTLP_ENDPOINT: Annotated[str, BeforeValidator(_collector)] | None = None
    """The OpenTelemetry collector that traces of updates are sent to, over HTTP; nowhere when it is not set."""

    KUBECONFIG: str | None = None
    """The kubeconfig to use outside of a cluster."""

    @property
    def policies(self) -> PolicyReader:
        """What reads the annotations of workloads, with the defaults that are set here."""
        given = {key: getattr(self, _variable_of(key)) for key in sorted(annotation.OF_NAMESPACES)}
        return PolicyReader(compile_tag_pattern, {key: value for key, value in given.items() if value is not None})

    @property
    def proxies(self) -> Proxies:
        """The proxies through which registries are asked."""
        return Proxies(self.HTTPS_PROXY, self.HTTP_PROXY, self.NO_PROXY)

    @property
    def webhooks(self) -> frozenset[NotificationType]:
        """The occasions of which webhooks are sent."""
        return frozenset(each for each in NotificationType if getattr(self, f"WEBHOOK_ENABLE_{each.value}"))

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Take the known variables out of the environment; one that is empty counts as not set.

        Raises `InvalidSettings` with all faults.
        """
        given = {name: value for name in cls.model_fields if (value := _value(name, environment))}
        faults: list[str] = []
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            faults = _lines(error)
            settings = cls()
        faults += _faulty_defaults(given)
        plugins = "REGISTRY_CREDENTIAL_PROVIDERS", "REGISTRY_CREDENTIAL_PROVIDERS_BIN"
        missing = [name for name in plugins if name not in given]
        if len(missing) == 1:
            faults.append(f"{missing[0]}: it is not set: {' and '.join(plugins)} go together")
        if faults:
            raise InvalidSettings("\n".join(faults))
        return settings


def _value(name: str, environment: Mapping[str, str]) -> str | None:
    return environment.get(name) or (environment.get(name.lower()) if name in _EITHER_CASE else None)


def _variable_of(key: str) -> str:
    return f"DEFAULT_{annotation.short(key).replace('-', '_').upper()}"


def _faulty_defaults(given: Mapping[str, str]) -> list[str]:
    reader = PolicyReader(compile_tag_pattern)
    faults = []
    for key in sorted(annotation.OF_NAMESPACES):
        name = _variable_of(key)
        if name in given:
            try:
                reader.check_default(key, given[name])
            except ValueError as error:
                faults.append(str(SettingError(name, given[name], str(error))))
    return faults


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False, include_context=False):
        message = fault["msg"].removeprefix("Value error, ")
        name = str(fault["loc"][0])
        value = "" if name in SECRET or repr(fault["input"]) in message else f"{fault['input']!r}: "
        lines.append(f"{name}: {value}{message[0].lower()}{message[1:]}")
    return lines
