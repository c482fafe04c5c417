"""The JSON that registries send, checked where it comes in.

Sources: the OCI distribution specification, and https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from watch_cluster.adapters.oci.exchange import Answer
from watch_cluster.adapters.oci.faults import Fault, Remedy, quote

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class TagPage(_Body):
    """A page of a tag list; a repository without tags has `null` at some registries."""

    tags: tuple[str, ...] | None


class Platform(_Body):
    """Part of what an index says a manifest was built for."""

    os: str = ""
    architecture: str = ""


class Descriptor(_Body):
    """What an index or a manifest says of something else that the registry has."""

    digest: str
    platform: Platform | None = None
    annotations: dict[str, str] | None = None


class Manifest(_Body):
    """An OCI image index, a Docker manifest list, or one image's manifest of either family.

    The first two have `manifests`, the others `config`.
    """

    manifests: tuple[Descriptor, ...] | None = None
    config: Descriptor | None = None


class IssuedToken(_Body):
    """What a token server gives: `token`, or `access_token` for OAuth 2, and seconds until it ends."""

    token: str | None = None
    access_token: str | None = None
    expires_in: int | None = None


class _Error(_Body):
    code: str = ""


class _Errors(_Body):
    errors: tuple[_Error, ...] = ()


BodyT = TypeVar("BodyT", bound=_Body)


def read_body(answer: Answer, kind: type[BodyT]) -> BodyT:
    """Read the body of a successful answer; raises `Fault` for one that is not what the protocol says."""
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as error:
        came = quote(answer.headers.get("content-type", "no content type"))
        raise Fault(
            f"{answer.host} answered {answer.status} with a body ({came}) that is not the registry protocol's JSON",
            "check that the image's registry is right and that no login page or proxy answers in its place",
            Remedy.CHANGE,
        ) from error


def error_code(answer: Answer) -> str | None:
    """Give the first error code of a registry's error body, such as `NAME_UNKNOWN`, None when it has none."""
    try:
        errors = _Errors.model_validate_json(answer.body).errors
    except ValidationError:
        return None
    return next((error.code for error in errors if _CODE.fullmatch(error.code)), None)
