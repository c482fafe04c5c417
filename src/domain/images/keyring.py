"""Which credential opens which repository, because a workload's image must be asked for as its kubelet pulls it.

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
"""What is left of `https://index.docker.io/v1/`, the key under which `docker login` keeps Docker Hub's credential."""
_LONGEST_KEY: Final = 1024
_MOST_ENTRIES: Final = 1000
"""Tenants write them, and each is looked at for each image."""
_KEY: Final = re.compile(
    r"(?:https?://)?(?:[^/?#]*@)?(?P<authority>(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.*-]*)(?::[0-9]*)?)"
    r"(?P<path>/[^?#]*)?(?:[?#].*)?"
)
"""Of globs, `*` alone: Go's net/url, through which every key goes, takes no brackets but an address's."""


class InvalidDockerConfig(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text holds no credentials as Docker writes them; the message says why and never quotes what it holds."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Credentials with the key of each, which says where it is meant to be used; keys are kept out of every print.

    A key is a host, with a port, a path or both if need be; its scheme, and a leading `/v1/` or `/v2/` of its path,
    count for nothing. It opens a repository when the ports are equal, the hosts have as many labels, each of the
    repository's matches the key's, in which `*` stands for any text, and the repository's path begins with the key's.
    Letters count in the case in which they are written. A key that cannot be understood opens nothing.
    """

    entries: tuple[tuple[str, Credential], ...] = field(default=(), repr=False)

    @classmethod
    def of_config(cls, text: bytes) -> Keyring:
        """Read a Docker `config.json`, `{"auths": {KEY: {"auth": …}}}`, also a Secret's `.dockerconfigjson`.

        Entries with neither a password nor an identity token, as credential stores leave them, are passed over.
        Raises `InvalidDockerConfig`.
        """
        config = _json(text)
        if not isinstance(config, dict):
            raise InvalidDockerConfig('it is no Docker config.json, which has {"auths": {REGISTRY: {"auth": …}}}')
        auths = config.get("auths")
        return cls(tuple(_entries({} if auths is None else auths)))

    @classmethod
    def of_legacy_config(cls, text: bytes) -> Keyring:
        """Read the older `{KEY: {"auth": …}}`, a Secret's `.dockercfg`, in the same way."""
        return cls(tuple(_entries(_json(text))))

    def candidates(self, repository: Repository) -> tuple[Credential, ...]:
        """Give the credentials whose keys open the repository, each once.

        They come in reverse order of their keys as text, so that of two paths the longer comes first, and in their
        own order under one key. Docker Hub's own key counts when no other opens an image of Docker Hub.
        """
        keys = ((_Key.parse(text), credential) for text, credential in self.entries)
        known = [(key, credential) for key, credential in keys if key is not None]
        found = [each for each in known if each[0].opens(repository)]
        if not found and repository.registry == DOCKER_HUB:
            found = [each for each in known if each[0].text == _HUB_KEY]
        found.sort(key=lambda each: each[0].text, reverse=True)
        return tuple(dict.fromkeys(credential for _, credential in found))


def opens(key: str, repository: Repository) -> bool:
    """Whether a key alone, as in a `Keyring`, opens the repository; Docker Hub's own key is nothing special here."""
    known = _Key.parse(key)
    return known is not None and known.opens(repository)


@dataclass(frozen=True, slots=True)
class _Key:
    authority: str
    path: str

    @classmethod
    def parse(cls, text: str) -> _Key | None:
        match = _KEY.fullmatch(text) if len(text) <= _LONGEST_KEY and text.isprintable() else None
        if match is None:
            return None
        path = match["path"] or ""
        if path.startswith(("/v1/", "/v2/")):
            path = path[len("/v1") :]
        return cls(match["authority"], "" if path == "/" else path)

    @property
    def text(self) -> str:
        return f"{self.authority}{self.path}"

    def opens(self, repository: Repository) -> bool:
        globs, port = _split(self.authority)
        labels, asked = _split(repository.registry)
        return (
            port == asked
            and len(globs) == len(labels)
            and f"/{repository.path}".startswith(self.path)
            # A label is short, and fnmatch takes no more than linear time for each star.
            and all(fnmatchcase(label, glob) for label, glob in zip(labels, globs, strict=True))
        )


def _split(authority: str) -> tuple[tuple[str, ...], str]:
    """Labels and port, as Go's net.SplitHostPort sees them: the brackets of an address go only before a port."""
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        return tuple(authority.split(".")), ""
    return tuple(host.removeprefix("[").removesuffix("]").split(".")), port


def _json(text: bytes) -> object:
    """The document, None for what is none: an error of the library would carry the text with it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _entries(auths: object) -> Iterator[tuple[str, Credential]]:
    if not isinstance(auths, dict):
        raise InvalidDockerConfig('it has no entries as {REGISTRY: {"auth": …}}')
    if len(auths) > _MOST_ENTRIES:
        raise InvalidDockerConfig(f"it has {len(auths)} entries: at most {_MOST_ENTRIES} are allowed")
    for number, (key, entry) in enumerate(auths.items(), 1):
        credential = _credential(f"its entry {number}", entry)
        if credential is not None:
            yield key, credential


def _credential(which: str, entry: object) -> Credential | None:
    """Read one entry; `auth` counts more than `username` and `password`."""
    fields = {} if entry is None else entry
    if not isinstance(fields, dict):
        raise InvalidDockerConfig(f'{which} is not {{"auth": …}}')
    found = (fields.get(name) for name in ("auth", "username", "password", "identitytoken"))
    values = ["" if value is None else value for value in found]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        raise InvalidDockerConfig(f"{which} has an auth, a username, a password or an identitytoken that is no text")
    auth, username, password, identity = texts
    if auth:
        decoded = _decoded(auth)
        if decoded is None:
            raise InvalidDockerConfig(f"{which} has an auth that is not base64 of UTF-8 text")
        username, colon, password = decoded.partition(":")
        if not colon:
            raise InvalidDockerConfig(f"{which} has an auth that is not USER:PASSWORD in base64")
        password = password.strip("\0")  # old clients pad with it
    return Credential(username, password, identity) if password or identity else None


def _decoded(auth: str) -> str | None:
    text = auth.replace("\r", "").replace("\n", "")
    padding = "" if text.endswith("=") else "=" * (-len(text) % 4)
    try:
        return base64.b64decode(text + padding, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
