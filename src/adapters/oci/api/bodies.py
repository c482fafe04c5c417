"""The JSON that registries send, checked where it comes in.

Sources: the OCI distribution and image specifications, https://distribution.github.io/distribution/spec/auth/token/ and
https://distribution.github.io/distribution/spec/manifest-v2-2/.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from watch_cluster.adapters.oci.http.errors import Fault, Remedy, quote
from watch_cluster.adapters.oci.http.exchange import Answer

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}", re.ASCII)
"""The digests that can be verified."""

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class TagPage(_Body):
    """A page of a tag list; a repository without tags has `null` at some registries."""

    tags: tuple[str, ...] | None


class IssuedToken(_Body):
    """What a token server gives: `token`, or `access_token` for OAuth 2, and seconds until it ends."""

    token: str | None = None
    access_token: str | None = None
    expires_in: int | None = None


class Platform(_Body):
    """What an image runs on."""

    os: str = ""
    architecture: str = ""
    variant: str = ""


class ImageConfig(Platform):
    """Part of an image's configuration; an artifact that is no image has other things in its place."""


class DatedConfig(_Body):
    """The date in an image's configuration, whatever stands there."""

    created: object = None


class Descriptor(_Body):
    """What an index or a manifest says of something that it names."""

    digest: Annotated[str, StringConstraints(pattern=f"^(?:{DIGEST.pattern})$")]
    media_type: str = Field("", alias="mediaType")
    platform: Platform | None = None
    annotations: dict[str, str] | None = None


class Manifest(_Body):
    """What a tag names: an index, which has manifests, or the manifest of one image, which has a configuration."""

    manifests: tuple[Descriptor, ...] | None = None
    config: Descriptor | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        # What may be read in two ways is read in another one by whoever runs it (CVE-2021-41190).
        if (self.manifests is None) == (self.config is None):
            raise ValueError("neither an index nor a manifest, or both")
        return self


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
