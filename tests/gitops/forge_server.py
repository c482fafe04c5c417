"""The pull requests of four forges, by servers that refuse every request that is not as the forge documents it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from tests.gitops.git_server import Repository
from tests.servers.http_server import HttpServer, QuietHandler

TOKEN: Final = "s3cr3t-of-the-forge"
PROJECT: Final = "team/shop"


@dataclass
class Request:
    number: int
    branch: str
    base: str
    title: str
    text: str
    state: str = "open"
    comments: list[str] = field(default_factory=list)


class Refused(Exception):  # noqa: N818 - an answer
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Dialect:
    """How one forge writes requests: routes, required headers, fields of bodies and responses."""

    name: str
    prefix: str
    headers: ClassVar[dict[str, str]]
    collection: str
    query: ClassVar[dict[str, str]]
    title, text, branch, base = "title", "body", "head", "base"

    def check_query(self, query: list[tuple[str, str]]) -> None:
        for key, pattern in self.query.items():
            values = [value for name, value in query if name == key]
            if not values or not all(re.fullmatch(pattern, value) for value in values):
                raise Refused(400, f"query parameter {key} is {values}")

    def selects(self, request: Request, query: list[tuple[str, str]]) -> bool:
        raise NotImplementedError

    def opened(self, body: dict[str, Any]) -> tuple[str, str, str, str]:
        return body[self.branch], body[self.base], body[self.title], body[self.text]

    def shown(self, request: Request) -> dict[str, Any]:
        raise NotImplementedError

    def listed(self, requests: list[Request]) -> Any:
        return [self.shown(each) for each in requests]


class GitHubDialect(Dialect):
    name = "github"
    prefix = f"/repos/{PROJECT}"
    headers: ClassVar = {
        "accept": "application/vnd.github+json",
        "authorization": f"Bearer {TOKEN}",
        "x-github-api-version": "2022-11-28",
    }
    collection = "/pulls"
    query: ClassVar = {
        "state": "open|closed|all",
        "head": r"[\w-]+:.+",
        "sort": "created|updated|popularity|long-running",
    }
    edit, edit_state = "PATCH", ("state", "closed")
    comment_path, comment_of = "/issues/{}/comments", staticmethod(lambda body: body["body"])

    def selects(self, request: Request, query: list[tuple[str, str]]) -> bool:
        wanted = dict(query)
        return (wanted["head"], wanted["base"]) == (f"team:{request.branch}", request.base)

    def shown(self, request: Request) -> dict[str, Any]:
        return {
            "number": request.number,
            "html_url": f"https://github.example/{PROJECT}/pull/{request.number}",
            "state": "open" if request.state == "open" else "closed",
            "merged_at": "2026-01-01T00:00:00Z" if request.state == "merged" else None,
            "title": request.title,
            "body": request.text,
            "head": {"ref": request.branch},
            "base": {"ref": request.base},
        }


class GiteaDialect(GitHubDialect):
    name = "gitea"
    headers: ClassVar = {"authorization": f"token {TOKEN}"}
    query: ClassVar = {
        "state": "open|closed|all",
        "sort": "oldest|recentupdate|recentclose|leastupdate|mostcomment|priority",
    }

    def selects(self, request: Request, query: list[tuple[str, str]]) -> bool:
        del request
        return dict(query).get("page", "1") == "1"

    def shown(self, request: Request) -> dict[str, Any]:
        return super().shown(request) | {"merged": request.state == "merged"}


class GitLabDialect(Dialect):
    name = "gitlab"
    prefix = "/projects/team%2Fshop"
    headers: ClassVar = {"private-token": TOKEN}
    collection = "/merge_requests"
    query: ClassVar = {
        "state": "opened|closed|locked|merged|all",
        "order_by": "created_at|title|updated_at",
        "sort": "asc|desc",
    }
    text, branch, base = "description", "source_branch", "target_branch"
    edit, edit_state = "PUT", ("state_event", "close")
    comment_path, comment_of = "/merge_requests/{}/notes", staticmethod(lambda body: body["body"])

    def selects(self, request: Request, query: list[tuple[str, str]]) -> bool:
        wanted = dict(query)
        return (wanted["source_branch"], wanted["target_branch"]) == (request.branch, request.base)

    def shown(self, request: Request) -> dict[str, Any]:
        return {
            "id": 1000 + request.number,
            "iid": request.number,
            "web_url": f"https://gitlab.example/{PROJECT}/-/merge_requests/{request.number}",
            "state": {"open": "opened"}.get(request.state, request.state),
            "title": request.title,
            "description": request.text,
        }


class BitbucketDialect(Dialect):
    name = "bitbucket"
    prefix = f"/repositories/{PROJECT}"
    headers: ClassVar = {"authorization": f"Bearer {TOKEN}"}
    collection = "/pullrequests"
    query: ClassVar = {
        "q": r'source\.branch\.name = "[^"]+" AND destination\.branch\.name = "[^"]+"',
        "sort": "-created_on",
    }
    text = "description"
    edit, edit_state = "PUT", ("", "")
    comment_path, comment_of = "/pullrequests/{}/comments", staticmethod(lambda body: body["content"]["raw"])

    def selects(self, request: Request, query: list[tuple[str, str]]) -> bool:
        names = re.findall('"([^"]+)"', dict(query)["q"])
        states = {value for key, value in query if key == "state"}
        return names == [request.branch, request.base] and self._state(request) in states

    def opened(self, body: dict[str, Any]) -> tuple[str, str, str, str]:
        source, target = (body[end]["branch"]["name"] for end in ("source", "destination"))
        return source, target, body["title"], body["description"]

    def listed(self, requests: list[Request]) -> Any:
        return {"pagelen": 1, "values": super().listed(requests)}

    def shown(self, request: Request) -> dict[str, Any]:
        return {
            "id": request.number,
            "links": {"html": {"href": f"https://bitbucket.example/{PROJECT}/pull-requests/{request.number}"}},
            "state": self._state(request),
            "title": request.title,
            "description": request.text,
        }

    @staticmethod
    def _state(request: Request) -> str:
        return {"open": "OPEN", "merged": "MERGED"}.get(request.state, "DECLINED")


DIALECTS: Final = {each.name: each for each in (GitHubDialect(), GitLabDialect(), GiteaDialect(), BitbucketDialect())}


class _Handler(QuietHandler):
    def _serve(self) -> None:
        server: ForgeServer = self.server.owner  # type: ignore[attr-defined]
        content = self.content()
        try:
            status, answer = server.respond(self.command, self.path, dict(self.headers.items()), content)
        except Refused as refusal:
            status, answer = refusal.status, {"message": str(refusal)}
        self.respond(status, json.dumps(answer).encode(), [("Content-Type", "application/json")])

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - names of the library


class ForgeServer(HttpServer):
    """The pull requests of one repository, as a forge of that kind has them."""

    def __init__(self, kind: str, repository: Repository) -> None:
        super().__init__(_Handler)
        self.dialect: Any = DIALECTS[kind]
        self.repository = repository
        self.pulls: list[Request] = []
        self.refused: list[str] = []
        self.calls: list[str] = []
        self.before_write: Callable[[], object] | None = None
        """Called before a request is opened."""
        self.after_write: Callable[[], object] | None = None
        """Called after a request was opened, before the response."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def respond(self, method: str, target: str, headers: dict[str, str], content: bytes) -> tuple[int, Any]:
        path, _, query = target.partition("?")
        self.calls.append(f"{method} {path}")
        try:
            return self._respond(method, path, parse_qsl(query, keep_blank_values=True), headers, content)
        except Refused as refusal:
            self.refused.append(f"{method} {target}: {refusal}")
            raise

    def _respond(
        self, method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], content: bytes
    ) -> tuple[int, Any]:
        given = {name.lower(): value for name, value in headers.items()}
        for name, value in self.dialect.headers.items():
            if given.get(name) != value:
                raise Refused(401, f"header {name} is wrong")
        if content and given.get("content-type") != "application/json":
            raise Refused(415, "the body is not JSON")
        body = json.loads(content) if content else {}
        if not path.startswith(self.dialect.prefix):
            raise Refused(404, f"{path} does not exist")
        path = path.removeprefix(self.dialect.prefix)
        collection = self.dialect.collection
        if (method, path) == ("GET", collection):
            self.dialect.check_query(query)
            found = [each for each in reversed(self.pulls) if self.dialect.selects(each, query)]
            return 200, self.dialect.listed(found[:50])
        if (method, path) == ("POST", collection):
            if self.before_write is not None:
                self.before_write()
            opened = self._open(body)
            if self.after_write is not None:
                self.after_write()
            return 201, self.dialect.shown(opened)
        return self._one(method, path, body)

    def _one(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        for request in self.pulls:
            here = f"{self.dialect.collection}/{request.number}"
            if (method, path) == (self.dialect.edit, here):
                key, closing = self.dialect.edit_state
                if key and body == {key: closing}:
                    request.state = "closed"
                elif body.keys() == {"title", self.dialect.text}:
                    request.title, request.text = body["title"], body[self.dialect.text]
                else:
                    raise Refused(422, f"fields {sorted(body)}")
                return 200, self.dialect.shown(request)
            if (method, path) == ("POST", f"{here}/decline") and self.dialect.name == "bitbucket":
                request.state = "closed"
                return 200, self.dialect.shown(request)
            if (method, path) == ("POST", self.dialect.comment_path.format(request.number)):
                request.comments.append(self.dialect.comment_of(body))
                return 201, {"id": 1}
        raise Refused(404, f"{method} {path} does not exist")

    def _open(self, body: dict[str, Any]) -> Request:
        try:
            branch, base, title, text = self.dialect.opened(body)
        except KeyError as error:
            raise Refused(422, f"field {error} is missing") from None
        if not {branch, base} <= set(self.repository.branches()):
            raise Refused(422, f"branch {branch} or {base} does not exist")
        if any((each.branch, each.base, each.state) == (branch, base, "open") for each in self.pulls):
            raise Refused(409, f"there is an open request for {branch} already")
        self.pulls.append(Request(len(self.pulls) + 1, branch, base, title, text))
        return self.pulls[-1]
