"""The real kubectl, as a person would use it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class KubectlFailed(Exception):  # noqa: N818 - the name says what is wrong
    """kubectl said no; the message is what it printed."""


class Kubectl:
    """Runs kubectl with one kubeconfig."""

    def __init__(self, command: tuple[str, ...], kubeconfig: Path) -> None:
        self._program = command
        self.command = (*command, "--kubeconfig", str(kubeconfig))

    def with_kubeconfig(self, kubeconfig: Path) -> Kubectl:
        """The same kubectl as somebody else, or on another cluster."""
        return Kubectl(self._program, kubeconfig)

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Run it and return what it printed. Raises `KubectlFailed`."""
        done = subprocess.run(
            [*self.command, *arguments], input=stdin, check=False, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise KubectlFailed(f"kubectl {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run it with `-o json`."""
        return json.loads(self(*arguments, "-o", "json"))

    def apply(self, *documents: Mapping[str, object]) -> None:
        """Apply objects, all with one call."""
        collected = {"apiVersion": "v1", "kind": "List", "items": documents}
        self("apply", "-f", "-", stdin=json.dumps(collected))
