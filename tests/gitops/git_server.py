"""A real Git server: `git http-backend` behind a small HTTP server (git-scm.com/docs/git-http-backend)."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.servers.http_server import HttpServer, QuietHandler

GIT: Final = shutil.which("git") or "git"
USER: Final = "robot"
PASSWORD: Final = "t0k3n"


class _Handler(QuietHandler):
    def _serve(self) -> None:
        server = self.server.owner  # type: ignore[attr-defined]
        server.requests.append(f"{self.command} {self.path}")
        body = self._body()
        if server.private and self.headers.get("Authorization") != server.login:
            self.respond(401, headers=[("WWW-Authenticate", 'Basic realm="git"')])
            return
        path, _, query = self.path.partition("?")
        if server.before_push is not None and path.endswith("/git-receive-pack"):
            server.before_push()
        environment = {
            "GIT_PROJECT_ROOT": str(server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            [GIT, "http-backend"], input=body, env=os.environ | environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        if server.after_push is not None and path.endswith("/git-receive-pack"):
            server.after_push()
        self.respond(status, content, [(name, value) for name, value in headers if name != "Status"])

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.content()
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_POST = _serve  # noqa: N815 - names of the library


class GitServer(HttpServer):
    """Serves the bare repositories of a folder. A private one wants the user and password above."""

    def __init__(self, root: Path, *, private: bool = False) -> None:
        super().__init__(_Handler)
        self.root = root
        self.private = private
        self.login = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.requests: list[str] = []
        self.before_push: Callable[[], object] | None = None
        """Called before a push is received."""
        self.after_push: Callable[[], object] | None = None
        """Called after a push was received, before the response."""

    def create(self, name: str, files: dict[str, str]) -> Repository:
        """Create a repository with one commit on `main`."""
        bare = self.root / f"{name}.git"
        run_git(self.root, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        run_git(bare, "config", "http.receivepack", "true")
        repository = Repository(bare, f"http://{self.host}/{name}.git")
        repository.commit(files, "Start")
        return repository


class Repository:
    """A bare repository, with what people do in it."""

    def __init__(self, bare: Path, url: str) -> None:
        self.bare = bare
        self.url = url

    def commit(self, files: dict[str, str], message: str, branch: str = "main", author: str = "Dana") -> str:
        """Commit files as a person would."""
        work = self.bare.with_suffix(".work")
        if not work.exists():
            run_git(self.bare.parent, "clone", "--quiet", str(self.bare), str(work))
        if self.branches():
            run_git(work, "fetch", "--quiet", "origin")
            run_git(work, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        else:
            run_git(work, "checkout", "--quiet", "-B", branch)
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(text.encode())
        run_git(work, "add", "--all")
        run_git(work, *AUTHOR, "-c", f"user.name={author}", "commit", "--quiet", "--message", message)
        run_git(work, "push", "--quiet", "origin", branch)
        return run_git(work, "rev-parse", "HEAD")

    def merge(self, branch: str) -> None:
        """Merge a branch as a forge does, with a merge commit."""
        work = self.bare.with_suffix(".work")
        run_git(work, "fetch", "--quiet", "origin")
        run_git(work, "checkout", "--quiet", "-B", "main", "origin/main")
        run_git(work, *AUTHOR, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", f"origin/{branch}")
        run_git(work, "push", "--quiet", "origin", "main")

    def branches(self) -> list[str]:
        return run_git(self.bare, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def read(self, path: str, branch: str = "main") -> str:
        return run_git(self.bare, "show", f"{branch}:{path}", strip=False)

    def log(self, branch: str = "main", form: str = "%s") -> list[str]:
        return run_git(self.bare, "log", f"--format={form}", branch).splitlines()

    def clone(self, folder: Path, *options: str) -> Path:
        """Clone over HTTP."""
        run_git(folder.parent, "clone", "--quiet", *options, self.url, str(folder))
        for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
            run_git(folder, "config", key, value)
        return folder


AUTHOR: Final = ("-c", "user.email=dana@example.com", "-c", "user.name=Dana")


def run_git(folder: Path, *arguments: str, strip: bool = True) -> str:
    done = subprocess.run([GIT, *arguments], cwd=folder, capture_output=True, check=False, text=True)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip() if strip else done.stdout
