"""The documents that the kubelet and its credential provider plugins exchange, checked where they come in.

Sources: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1/ and
https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

PROTOCOL: Final = "credentialprovider.kubelet.k8s.io/v1"

_UNIT: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"0|(?:{_PART.pattern})+", re.ASCII)


def _duration(value: object) -> object:
    """Read a duration as Go's time.ParseDuration does, zero or more."""
    if value is None:
        return None
    if not isinstance(value, str) or _DURATION.fullmatch(value) is None:
        raise ValueError("this is no duration: write 12h, 10m or 30s")
    return timedelta(seconds=sum(float(number) * _UNIT[unit] for number, unit in _PART.findall(value)))


def _name(name: str) -> str:
    if not name or name in {".", ".."} or "/" in name or not name.isprintable() or " " in name:
        raise ValueError("this is no name of an executable in the folder of plugins")
    return name


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Variable(_Document):
    """An environment variable of a plugin; its value may be a secret."""

    name: str = Field(min_length=1)
    value: str = Field(repr=False)


class Plugin(_Document):
    """What to run, for which images, and the default cache duration of its responses."""

    name: Annotated[str, AfterValidator(_name)]
    apiVersion: Literal["credentialprovider.kubelet.k8s.io/v1"]  # noqa: N815 - the name is the document's
    matchImages: Annotated[tuple[str, ...], Field(min_length=1)]  # noqa: N815
    defaultCacheDuration: Duration  # noqa: N815
    args: tuple[str, ...] | None = None
    env: tuple[Variable, ...] | None = None
    tokenAttributes: None = None  # noqa: N815 - needs tokens of the pods' ServiceAccounts, which only kubelets get


class _Matching(_Document):
    """What an entry says at least: what it is called, and for which images it is meant."""

    name: str = "without a name"
    matchImages: tuple[str, ...] = ()  # noqa: N815


@dataclass(frozen=True, slots=True)
class UnusablePlugin:
    """An entry that cannot be used: what it is called, for which images it is meant, and why, on one line."""

    name: str
    matchImages: tuple[str, ...]  # noqa: N815
    why: str


def read_plugin(entry: object) -> Plugin | UnusablePlugin:
    """Read one entry of the kubelet's list by itself, so that it spoils no other one."""
    try:
        return Plugin.model_validate(entry)
    except ValidationError as error:
        why = describe_error(error)
    try:
        known = _Matching.model_validate(entry)
    except ValidationError:
        known = _Matching()
    return UnusablePlugin(known.name, known.matchImages, why)


def describe_error(error: ValidationError) -> str:
    """Describe the first error of a document in one line, which quotes no value."""
    details = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in details["loc"]) or "the document"
    return f"{place}: {details['msg'].splitlines()[0].removeprefix('Value error, ')}"


class Config(_Document):
    """The kubelet's list of plugins."""

    apiVersion: Literal["kubelet.config.k8s.io/v1"]  # noqa: N815
    kind: Literal["CredentialProviderConfig"]
    providers: Annotated[tuple[object, ...], Field(min_length=1)]


class Auth(_Document):
    """A user name and its password."""

    username: str
    password: str = Field(repr=False)


class Response(_Document):
    """The response of a plugin: credentials by key, and what they may be cached for and how long."""

    apiVersion: Literal["credentialprovider.kubelet.k8s.io/v1"]  # noqa: N815
    kind: Literal["CredentialProviderResponse"]
    cacheKeyType: Literal["Image", "Registry", "Global"]  # noqa: N815
    cacheDuration: Duration | None = None  # noqa: N815
    auth: dict[str, Auth] | None = Field(None, repr=False)


def request_for(image: str) -> bytes:
    """Return what a plugin reads."""
    return json.dumps({"apiVersion": PROTOCOL, "kind": "CredentialProviderRequest", "image": image}).encode()
