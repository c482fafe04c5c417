"""Validates the JSON that registries send.

Sources: the OCI distribution and image specifications, https://distribution.github.io/distribution/spec/auth/token/ and
https://distribution.github.io/distribution/spec/manifest-v2-2/. Where a field may be absent, some registries write
`null`.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeVar

import msgspec

from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.request import Response

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}", re.ASCII)
"""The digests that can be verified."""

MAX_TAGS: Final = 250_000
"""The most tags of a repository that are read; they take about 25 MB of memory."""
MAX_DESCRIPTORS: Final = 1000
"""The most entries of one index that are read, attestations included."""

_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)


class TagPage(msgspec.Struct):
    """A page of a tag list. A repository without tags has `null` at some registries, or a `name` and no `tags`."""

    name: str | None = None
    tags: list[str] | msgspec.UnsetType | None = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.tags is msgspec.UNSET and self.name is None:
            raise ValueError("neither a name nor tags")

    @property
    def listed(self) -> list[str]:
        """The tags, none if there is no list."""
        return self.tags if isinstance(self.tags, list) else []


class IssuedToken(msgspec.Struct):
    """The response of a token server: `token`, or `access_token` for OAuth 2, and the seconds until it expires."""

    token: str | None = None
    access_token: str | None = None
    expires_in: object = None

    @property
    def value(self) -> str:
        """The token, empty if there is none."""
        return self.token or self.access_token or ""

    @property
    def lifetime_seconds(self) -> int:
        """How long the token is valid; 0 if the server sends no number."""
        given = self.expires_in
        if isinstance(given, str) and given.isascii() and given.isdigit():
            given = int(given[:9])
        return int(min(given, _MAX_SECONDS)) if isinstance(given, int | float) else 0


_MAX_SECONDS: Final = 10**9


_PlatformName = Annotated[str, msgspec.Meta(max_length=64)]
"""Platforms are cached. The longest name that Go knows has 11 characters."""


class Platform(msgspec.Struct):
    """A platform that an image runs on."""

    os: _PlatformName | None = None
    architecture: _PlatformName | None = None
    variant: _PlatformName | None = None


class ImageConfig(Platform):
    """Part of an image's configuration; artifacts other than images have different fields."""


class Configuration(msgspec.Struct):
    """The date in an image's configuration, which may be of any type, and its settings, as they are written."""

    created: msgspec.Raw = msgspec.Raw(b"null")
    config: msgspec.Raw = msgspec.Raw(b"{}")


class Annotations(msgspec.Struct):
    """The annotation that is read, as it is written: values may be of any type."""

    reference_type: msgspec.Raw = msgspec.field(name="vnd.docker.reference.type", default=msgspec.Raw(b""))


class Descriptor(msgspec.Struct, rename={"media_type": "mediaType"}):
    """A reference of an index or a manifest to other content."""

    digest: str
    media_type: str | None = None
    platform: Platform | None = None
    annotations: Annotations | None = None

    def __post_init__(self) -> None:
        if DIGEST.fullmatch(self.digest) is None:
            raise ValueError("not a digest")


class Manifest(msgspec.Struct):
    """The content of a tag: an index, which has manifests, or the manifest of one image, which has a configuration."""

    manifests: list[Descriptor] | None = None
    config: Descriptor | None = None

    def __post_init__(self) -> None:
        # What can be read in two ways may be read differently by the container runtime (CVE-2021-41190).
        if (self.manifests is None) == (self.config is None):
            raise ValueError("neither an index nor a manifest, or both")


class _Error(msgspec.Struct):
    code: object = None


class _Errors(msgspec.Struct):
    errors: list[_Error] | None = None


BodyT = TypeVar("BodyT", bound=msgspec.Struct)


def read_body(response: Response, kind: type[BodyT]) -> BodyT:
    """Read the body of a successful response; raises `RequestError` for one that violates the protocol."""
    _check_size(response, kind)
    try:
        return msgspec.json.decode(response.body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        content_type = quote(response.headers.get("content-type", "no content type"))
        # Without the cause, which may quote the body.
        raise RequestError(
            f"{response.host} answered {response.status} with a body ({content_type}) that is not the registry"
            " protocol's JSON",
            "check that the image's registry is right and that no login page or proxy answers in its place",
            Remedy.CHANGE,
        ) from None


def _check_size(response: Response, kind: type[msgspec.Struct]) -> None:
    """Reject a body that would take many times its size in memory, before it is decoded."""
    if kind is TagPage and response.body.count(b'"') > 2 * MAX_TAGS:
        raise too_many_tags(response.host)
    if kind is Manifest and response.body.count(b'"digest"') > MAX_DESCRIPTORS:
        raise RequestError(
            f"{response.host} has an index of more than {MAX_DESCRIPTORS} entries, which is not read",
            "check that the image is right",
            Remedy.CHANGE,
        )


def too_many_tags(host: str) -> RequestError:
    """Return the error for a repository with more tags than are read."""
    return RequestError(
        f"{host} lists more than {MAX_TAGS} tags, which are not read",
        "delete tags that nobody needs, or check that it is a registry",
        Remedy.CHANGE,
    )


def error_code(response: Response) -> str | None:
    """Return the first error code of a registry's error body, such as `NAME_UNKNOWN`, or None."""
    try:
        errors = msgspec.json.decode(response.body, type=_Errors).errors or []
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    codes = (error.code for error in errors if isinstance(error.code, str))
    return next((code for code in codes if _CODE.fullmatch(code)), None)
