"""Select the credentials of a repository by the rules that the container runtime's host uses for pulls.

Source: pkg/credentialprovider/keyring.go and config.go of https://github.com/kubernetes/kubernetes
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import DOCKER_HUB, Repository

_HUB_KEY: Final = "index.docker.io"
"""The normalized form of `https://index.docker.io/v1/`, the key `docker login` uses for Docker Hub."""
_MAX_KEY_LENGTH: Final = 1024
_MAX_ENTRIES: Final = 1000
"""Tenants write the entries, and every lookup scans all of them."""
_KEY: Final = re.compile(
    r"(?:https?://)?(?:[^/?#]*@)?(?P<authority>(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.*-]*)(?::[0-9]*)?)"
    r"(?P<path>/[^?#]*)?(?:[?#].*)?"
)
"""`*` is the only glob: Go's net/url, which parses every key, accepts brackets only around an IPv6 address."""


class InvalidDockerConfig(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid Docker credentials file. The message gives the reason and never quotes the content."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Credentials, each with the key that selects its repositories. `repr()` omits the entries.

    A key is `HOST[:PORT][/PATH]`; its scheme and a leading `/v1/` or `/v2/` of the path are ignored. It matches a
    repository if the ports are equal, the hosts have the same number of labels, every label matches (`*` matches any
    text) and the repository's path starts with the key's path. Matching is case-sensitive. An invalid key matches
    nothing.
    """

    entries: tuple[tuple[str, Credential], ...] = field(default=(), repr=False)

    @classmethod
    def parse_config(cls, text: bytes) -> Keyring:
        """Parse a Docker `config.json` or `.dockerconfigjson`: `{"auths": {KEY: {"auth": …}}}`.

        Skips entries without a password and an identity token, which credential stores leave behind. Raises
        `InvalidDockerConfig`.
        """
        config = _parse_json(text)
        if not isinstance(config, dict):
            raise InvalidDockerConfig('it is not a Docker config.json, which has {"auths": {REGISTRY: {"auth": …}}}')
        auths = config.get("auths")
        return cls(tuple(_parse_entries({} if auths is None else auths)))

    @classmethod
    def parse_legacy_config(cls, text: bytes) -> Keyring:
        """Parse the older format of `.dockercfg`, `{KEY: {"auth": …}}`, by the same rules."""
        return cls(tuple(_parse_entries(_parse_json(text))))

    def candidates(self, repository: Repository) -> tuple[Credential, ...]:
        """Return the credentials whose keys match the repository, without duplicates.

        Keys are sorted in descending text order, so the longer of two paths comes first; credentials with equal keys
        keep their order. The key of `docker login` for Docker Hub is the fallback if no other key matches.
        """
        entries = self._parsed_entries()
        matches = [entry for entry in entries if entry[0].matches(repository)]
        if not matches and repository.registry == DOCKER_HUB:
            matches = [entry for entry in entries if entry[0].text == _HUB_KEY]
        matches.sort(key=lambda entry: entry[0].text, reverse=True)
        return tuple(dict.fromkeys(credential for _, credential in matches))

    def _parsed_entries(self) -> list[tuple[_Key, Credential]]:
        parsed = ((_Key.parse(text), credential) for text, credential in self.entries)
        return [(key, credential) for key, credential in parsed if key is not None]


def key_matches(text: str, repository: Repository) -> bool:
    """Whether a `Keyring` key matches the repository. The key of `docker login` for Docker Hub is not special here."""
    key = _Key.parse(text)
    return key is not None and key.matches(repository)


@dataclass(frozen=True, slots=True)
class _Key:
    authority: str
    path: str

    @classmethod
    def parse(cls, text: str) -> _Key | None:
        match = _KEY.fullmatch(text) if len(text) <= _MAX_KEY_LENGTH and text.isprintable() else None
        if match is None:
            return None
        path = match["path"] or ""
        if path.startswith(("/v1/", "/v2/")):
            path = path[len("/v1") :]
        return cls(match["authority"], "" if path == "/" else path)

    @property
    def text(self) -> str:
        return f"{self.authority}{self.path}"

    def matches(self, repository: Repository) -> bool:
        globs, port = _split_authority(self.authority)
        labels, repository_port = _split_authority(repository.registry)
        return (
            port == repository_port
            and len(globs) == len(labels)
            and f"/{repository.path}".startswith(self.path)
            # Labels are short, and fnmatch takes linear time per star.
            and all(fnmatchcase(label, glob) for label, glob in zip(labels, globs, strict=True))
        )


def _split_authority(authority: str) -> tuple[tuple[str, ...], str]:
    """Return labels and port as Go's net.SplitHostPort does: it removes brackets only if there is a port."""
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        return tuple(authority.split(".")), ""
    return tuple(host.removeprefix("[").removesuffix("]").split(".")), port


def _parse_json(text: bytes) -> object:
    """Return the document, None if invalid. A library error would quote the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _parse_entries(auths: object) -> Iterator[tuple[str, Credential]]:
    if not isinstance(auths, dict):
        raise InvalidDockerConfig('it has no entries as {REGISTRY: {"auth": …}}')
    if len(auths) > _MAX_ENTRIES:
        raise InvalidDockerConfig(f"it has {len(auths)} entries: at most {_MAX_ENTRIES} are allowed")
    for number, (key, entry) in enumerate(auths.items(), 1):
        credential = _parse_credential(f"its entry {number}", entry)
        if credential is not None:
            yield key, credential


def _parse_credential(label: str, entry: object) -> Credential | None:
    """Parse one entry; `auth` takes precedence over `username` and `password`."""
    fields = {} if entry is None else entry
    if not isinstance(fields, dict):
        raise InvalidDockerConfig(f'{label} is not {{"auth": …}}')
    raw = (fields.get(name) for name in ("auth", "username", "password", "identitytoken"))
    values = ["" if value is None else value for value in raw]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        raise InvalidDockerConfig(f"{label} has an auth, username, password or identitytoken that is not a string")
    auth, username, password, identity = texts
    if auth:
        username, password = _parse_auth(label, auth)
    return Credential(username, password, identity) if password or identity else None


def _parse_auth(label: str, auth: str) -> tuple[str, str]:
    decoded = _decode_auth(auth)
    if decoded is None:
        raise InvalidDockerConfig(f"{label} has an auth that is not base64 of UTF-8 text")
    username, colon, password = decoded.partition(":")
    if not colon:
        raise InvalidDockerConfig(f"{label} has an auth that is not USER:PASSWORD in base64")
    return username, password.strip("\0")  # old Docker clients pad with NUL


def _decode_auth(auth: str) -> str | None:
    text = auth.replace("\r", "").replace("\n", "")
    padding = "" if text.endswith("=") else "=" * (-len(text) % 4)
    try:
        return base64.b64decode(text + padding, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
