"""A real HTTP server that speaks the registry protocol in a dialect: one class for all, which differ by values."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import parse_qs, quote

from tests.servers.registry import RegistryServer, Reply, Seen, error_reply, json_reply

REPOSITORY: Final = "team/app"
ABSENT: Final = "team/absent"
EMPTY: Final = "team/empty"
FORBIDDEN: Final = "team/forbidden"
ABSENT_TAG: Final = "0.0.1"
USER, PASSWORD = "robot", "robots-password"
TAGS: Final = tuple(sorted([*(f"1.{minor}.{patch}" for minor in range(50) for patch in range(47)), "latest"]))
"""2,351 tags: more than two of the largest pages."""

_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


CONFIG: Final = json.dumps({"os": "linux", "architecture": "amd64"}).encode()
MANIFEST: Final = json.dumps(
    {"schemaVersion": 2, "mediaType": _MANIFEST, "config": {"digest": _digest(CONFIG), "size": len(CONFIG)}}
).encode()
INDEX: Final = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": _INDEX,
        "manifests": [
            {
                "mediaType": _MANIFEST,
                "digest": _digest(MANIFEST),
                "size": len(MANIFEST),
                "platform": {"os": "linux", "architecture": "amd64"},
            }
        ],
    }
).encode()
INDEX_DIGEST: Final = _digest(INDEX)


class Login(Enum):
    """What a registry wants to see."""

    NOTHING = auto()
    PASSWORD = auto()
    TOKEN = auto()
    EITHER = auto()
    """A token or a password, offered in two headers."""


Link = Callable[[str, str, int, str], str]
"""Writes the header for the host, the repository, a page's size and the last tag."""


def relative(_host: str, repository: str, size: int, last: str) -> str:
    return f'</v2/{repository}/tags/list?last={quote(last)}&n={size}>; rel="next"'


def absolute(host: str, repository: str, size: int, last: str) -> str:
    return f'<http://{host}/v2/{repository}/tags/list?last={quote(last)}&n={size}>; rel="next"'


@dataclass(frozen=True)
class Rules:
    """What a registry does.

    `page` is the size of a page without a requested size (None: all tags), `largest` the largest one; a larger one than
    that is refused with `too_large`, or else made smaller. `cursor` writes what `last` stands for, from the number of
    tags so far and the last of them, and `place` finds that number again. `token_for_tags` is the action that a token
    for tag lists must have. `absent` answers about a repository that is not there, and `absent_token` does at the token
    server, if it knows. Without `has_pages`, all tags come at once, whatever is asked for. `names_digest_at` are the
    methods whose answers have a `Docker-Content-Digest`. `wrong_password` answers a password that is not the right one,
    and `ended_token` a token that has ended, each in place of the challenge. `without_tags` answers about the tags of
    a repository that has none, `absent_tag` about a tag that is not there, and `forbidden` about a repository that the
    user may not read.
    """

    page: int | None = None
    largest: int | None = None
    too_large: Reply | None = None
    link: Link | None = relative
    cursor: Callable[[int, str], str] = lambda _count, last: last
    place: Callable[[str], int] = lambda last: sum(tag <= last for tag in TAGS)
    login: Login = Login.NOTHING
    token_for_tags: str = "pull"
    scope_in_challenge: bool = True
    absent: Reply = field(default_factory=lambda: error_reply(404, "NAME_UNKNOWN"))
    absent_token: Reply | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    listed: tuple[str, ...] = TAGS
    content_type: str = "application/json"
    tags_headers: tuple[tuple[str, str], ...] = ()
    accepts_manifests_at_tags: bool = True
    has_pages: bool = True
    names_digest_at: tuple[str, ...] = ("HEAD", "GET")
    wrong_password: Reply | None = None
    ended_token: Reply | None = None
    without_tags: Reply = field(default_factory=lambda: json_reply({"tags": None}))
    absent_tag: Reply = field(default_factory=lambda: error_reply(404, "MANIFEST_UNKNOWN"))
    forbidden: Reply = field(default_factory=lambda: error_reply(403, "DENIED"))


def serve(server: RegistryServer, rules: Rules) -> Registry:
    """Have the server speak the dialect."""
    dialect = Registry(server, rules)
    for name in (EMPTY, FORBIDDEN):
        server.on_tags(dialect.tags, name)
    server.on_manifest(ABSENT_TAG, dialect.absent_tag, REPOSITORY)
    for name in (REPOSITORY, ABSENT):
        server.on_tags(dialect.tags, name)
        for reference, body, media_type in (
            ("1.49.46", INDEX, _INDEX),
            (INDEX_DIGEST, INDEX, _INDEX),
            (_digest(MANIFEST), MANIFEST, _MANIFEST),
        ):
            server.on_manifest(reference, dialect.content(body, media_type), name)
    server.on(f"/v2/{REPOSITORY}/blobs/{_digest(CONFIG)}", dialect.content(CONFIG, "application/octet-stream"))
    server.on("/v2/", lambda seen: dialect.refusal(seen, "pull") or json_reply({}))
    server.on("/token", dialect.token)
    return dialect


class Registry:
    """A server that follows rules."""

    def __init__(self, server: RegistryServer, rules: Rules) -> None:
        self._server = server
        self._rules = rules
        self._ended = 0
        """How many of the first tokens have ended."""

    def end_tokens(self) -> None:
        """Accept no token that has been issued before."""
        self._ended = len(self._server.requests_for("/token"))

    def tags(self, seen: Seen) -> Reply:
        if (refusal := self.refusal(seen, self._rules.token_for_tags)) is not None:
            return refusal
        if ABSENT in seen.path:
            return self._rules.absent
        if EMPTY in seen.path:
            return self._rules.without_tags
        if FORBIDDEN in seen.path:
            return self._rules.forbidden
        if not self._rules.accepts_manifests_at_tags and "manifest" in seen.headers["accept"]:
            return Reply(406)
        return self._page(parse_qs(seen.query))

    def content(self, body: bytes, media_type: str) -> Callable[[Seen], Reply]:
        def answer(seen: Seen) -> Reply:
            if (refusal := self.refusal(seen, "pull")) is not None:
                return refusal
            if ABSENT in seen.path:
                return self._rules.absent
            named = (("Docker-Content-Digest", _digest(body)),) if seen.method in self._rules.names_digest_at else ()
            return Reply(200, body, (("Content-Type", media_type), *named))

        return answer

    def absent_tag(self, seen: Seen) -> Reply:
        return self.refusal(seen, "pull") or self._rules.absent_tag

    def token(self, seen: Seen) -> Reply:
        if seen.authorization not in {None, _basic()}:
            return error_reply(401, "UNAUTHORIZED")
        scope = parse_qs(seen.query)["scope"][0]
        if ABSENT in scope and self._rules.absent_token is not None:
            return self._rules.absent_token
        return json_reply({"token": f"{scope}#{len(self._server.requests_for('/token'))}", "expires_in": 300})

    def refusal(self, seen: Seen, action: str) -> Reply | None:
        """Refuse requests without the authorization that the registry requires."""
        login = self._rules.login
        shown = seen.authorization or ""
        if login is Login.NOTHING or (shown == _basic() and login is not Login.TOKEN):
            return None
        if shown.startswith("Bearer ") and login is not Login.PASSWORD:
            rights, _, number = shown.partition("#")
            has_ended = int(number) <= self._ended
            if has_ended and self._rules.ended_token is not None:
                return self._rules.ended_token
            if action in rights.rpartition(":")[2].split(",") and not has_ended:
                return None
        if shown.startswith("Basic ") and self._rules.wrong_password is not None:
            return self._rules.wrong_password
        return error_reply(
            401, "UNAUTHORIZED", *(("WWW-Authenticate", each) for each in self._challenges(seen, action))
        )

    def _challenges(self, seen: Seen, action: str) -> list[str]:
        name = next((name for name in (ABSENT, EMPTY, FORBIDDEN) if name in seen.path), REPOSITORY)
        scope = f',scope="repository:{name}:{action}"' if self._rules.scope_in_challenge else ""
        bearer = f'Bearer realm="{self._server.url}/token",service="registry.test"{scope}'
        basic = 'Basic realm="registry"'
        return {Login.PASSWORD: [basic], Login.TOKEN: [bearer], Login.EITHER: [bearer, basic]}[self._rules.login]

    def _page(self, query: dict[str, list[str]]) -> Reply:
        rules = self._rules
        size = int(query["n"][0]) if "n" in query and rules.has_pages else rules.page
        if rules.largest is not None and size is not None and size > rules.largest:
            if rules.too_large is not None:
                return rules.too_large
            size = rules.largest
        start = rules.place(query["last"][0]) if "last" in query else 0
        end = len(rules.listed) if size is None else min(len(rules.listed), start + size)
        headers = [("Content-Type", rules.content_type), *rules.tags_headers]
        if end < len(rules.listed) and rules.link is not None:
            cursor = rules.cursor(end, rules.listed[end - 1])
            headers.append(("Link", rules.link(self._server.host, REPOSITORY, end - start, cursor)))
        content = {"name": REPOSITORY, "tags": list(rules.listed[start:end]), **rules.body}
        return Reply(200, json.dumps(content).encode(), tuple(headers))


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
