"""Image references, parsed as container runtimes parse them and formatted exactly as they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

DEFAULT_TAG: Final = "latest"
DOCKER_HUB: Final = "docker.io"

_HUB_ALIAS: Final = "index.docker.io"
_MAX_TEXT_LENGTH: Final = 1024
_MAX_PATH_LENGTH: Final = 255
_MAX_HOST_LENGTH: Final = 253
_MAX_PORT: Final = 65535

_COMPONENT: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[(?P<ipv6>[0-9A-Fa-f:.]{{2,45}})\])(?::(?P<port>[0-9]{{1,5}}))?", re.ASCII
)
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}", re.ASCII)
_IMAGE_ID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class InvalidImageReference(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not an image reference. The message is one line and quotes the invalid part."""


def is_tag(text: str) -> bool:
    """Whether the text is a tag as defined by the OCI distribution specification."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether the text is a digest: `sha256:` and 64 hexadecimal digits, or its sha384 or sha512 form."""
    return _DIGEST.fullmatch(text) is not None


class Repository(NamedTuple):
    """A registry host and a path, normalized: `nginx` is `docker.io` and `library/nginx`."""

    registry: str
    path: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image as written in a workload: a name with a tag, a digest, both or neither.

    Grammar and normalization follow github.com/distribution/reference, which container runtimes use. Create
    references with `parse`; `str()` returns exactly the parsed text.
    """

    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Parse `[domain/]path[:tag][@digest]`. Raises `InvalidImageReference`.

        >>> ImageReference.parse("nginx:1.25").repository
        Repository(registry='docker.io', path='library/nginx')
        """
        if len(text) > _MAX_TEXT_LENGTH:
            raise InvalidImageReference(
                f"image {text[:60]!r}… has {len(text)} characters: at most {_MAX_TEXT_LENGTH} are allowed"
            )
        rest, at, digest = text.partition("@")
        # A colon before the last slash belongs to the port of the domain.
        slash = rest.rfind("/")
        colon = rest.find(":", slash + 1)
        name, tag = (rest, None) if colon < 0 else (rest[:colon], rest[colon + 1 :])
        _check_name(name, text)
        if tag is not None and not is_tag(tag):
            raise InvalidImageReference(
                f"image {text!r} has the tag {tag!r}: a tag is 1 to 128 letters, digits, '_', '.' and '-', and does"
                " not begin with '.' or '-'"
            )
        if at and _DIGEST.fullmatch(digest) is None:
            raise InvalidImageReference(
                f"image {text!r} has the digest {digest!r}: a digest is 'sha256:' and 64 lowercase hexadecimal digits"
            )
        return cls(name, tag, digest if at else None)

    @property
    def repository(self) -> Repository:
        """The normalized repository, including the parts that a short name omits."""
        return _repository(*_split_domain(self.name))

    @property
    def effective_tag(self) -> str | None:
        """The tag that is pulled: `latest` if there is neither tag nor digest, None if there is only a digest."""
        if self.tag is None and self.digest is None:
            return DEFAULT_TAG
        return self.tag

    def with_tag(self, tag: str) -> ImageReference:
        """Return the reference with another tag, otherwise unchanged.

        Raises `InvalidImageReference` for an invalid tag and for a reference with a digest: the digest determines
        what runs, so a new tag beside the old digest would be wrong, and dropping the digest would unpin the image.
        """
        if not is_tag(tag):
            raise InvalidImageReference(f"{tag!r} cannot be the tag of image {str(self)!r}")
        if self.digest is not None:
            raise InvalidImageReference(f"image {str(self)!r} has a digest: its tag cannot change alone")
        return replace(self, tag=tag)

    def with_digest(self, digest: str) -> ImageReference:
        """Return the reference pinned to a digest, with its effective tag written out.

        Raises `InvalidImageReference` for an invalid digest and for a reference without an effective tag.

        >>> str(ImageReference.parse("nginx").with_digest("sha256:" + "0" * 64))[:21]
        'nginx:latest@sha256:0'
        """
        tag = self.effective_tag
        if tag is None or not is_digest(digest):
            raise InvalidImageReference(f"image {str(self)!r} cannot be pinned to {digest!r}")
        return replace(self, tag=tag, digest=digest)

    def without_digest(self) -> ImageReference:
        """Return the reference without its digest."""
        return replace(self, digest=None)

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.name}{tag}{digest}"


def _split_domain(name: str) -> tuple[str, str]:
    """Return domain and path; the domain is empty if the name has none."""
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        return first, rest
    return "", name


def _repository(domain: str, path: str) -> Repository:
    if domain in {"", _HUB_ALIAS}:
        domain = DOCKER_HUB
    if domain == DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return Repository(domain, path)


def _check_name(name: str, text: str) -> None:
    if not name:
        raise InvalidImageReference(f"image {text!r} has no name: write one such as 'nginx:1.25'")
    domain, path = _split_domain(name)
    if domain and not _is_domain(domain):
        raise InvalidImageReference(
            f"image {text!r} names the registry {domain!r}: a registry is a host name or an address, optionally with"
            " ':' and a port, without a scheme"
        )
    # Followed by a tag or a digest, the same text is a valid name.
    if _IMAGE_ID.fullmatch(text):
        raise InvalidImageReference(f"image {text!r} is an image ID, which cannot be pulled: write a name")
    if _PATH.fullmatch(path) is None:
        raise InvalidImageReference(
            f"image {text!r} has the path {path!r}: a path is lowercase letters and digits, separated by '/', '.', '_',"
            " '__' or '-'"
        )
    if len(full_path := _repository(domain, path).path) > _MAX_PATH_LENGTH:
        raise InvalidImageReference(
            f"image {text!r} has a path of {len(full_path)} characters: at most {_MAX_PATH_LENGTH} are allowed,"
            " including the 'library/' of a short name"
        )


def _is_domain(domain: str) -> bool:
    match = _DOMAIN.fullmatch(domain)
    if match is None or len(match["host"]) > _MAX_HOST_LENGTH:
        return False
    if match["port"] is not None and not 0 < int(match["port"]) <= _MAX_PORT:
        return False
    if match["ipv6"] is None:
        return True
    try:
        IPv6Address(match["ipv6"])
    except AddressValueError:
        return False
    return True
