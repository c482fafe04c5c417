"""What commits and pull requests say: one line for the history, the reasons below, and trailers for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.git.manifests.places import split_name
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

TRAILER: Final = "Watch-Cluster-Rollout"
"""The trailer that names a rollout, by which a commit is found again."""
WORKLOAD_TRAILER: Final = "Watch-Cluster-Workload"
BRANCHES: Final = "watch-cluster/"
"""The branches that are ours."""
_NO_REF: Final = re.compile(r"[^A-Za-z0-9_.-]+|\.{2,}|^[.-]+|\.lock$|[.]+$", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImageUpdate:
    """The update of a workload's images. `reasons` says for each container why this image was chosen."""

    workload: WorkloadKey
    images: tuple[ImageChange, ...]
    rollout: str
    reasons: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """One line: `Update default/Deployment/shop: app to 1.1`."""
        changes = ", ".join(f"{step.container} to {_tail(step.after)}" for step in self.images)
        return f"Update {self.workload}: {changes}"

    @property
    def branch(self) -> str:
        """The branch that proposes updates of this workload."""
        parts = (self.workload.namespace, self.workload.kind.lower(), self.workload.name)
        return BRANCHES + "/".join(_NO_REF.sub("-", part) or "-" for part in parts)


def commit_message(update: ImageUpdate) -> str:
    """The message of a commit: subject, details, trailers (git-interpret-trailers)."""
    lines = [update.subject, "", *_details(update), *(f"- {reason}" for reason in update.reasons), ""]
    lines += [f"{WORKLOAD_TRAILER}: {update.workload}", f"{TRAILER}: {update.rollout}"]
    return "\n".join(lines) + "\n"


def request_text(update: ImageUpdate) -> str:
    """The text of a pull request, in Markdown."""
    rows = [f"| `{step.container}` | `{step.before}` | `{step.after}` |" for step in update.images]
    reasons = [f"- {reason}" for reason in update.reasons]
    lines = ["| Container | From | To |", "|---|---|---|", *rows, "", *reasons, ""]
    lines += ["Merge this to update. Close it to decline: this image is not proposed again."]
    lines += ["", f"`{TRAILER}: {update.rollout}`"]
    return "\n".join(lines) + "\n"


def _details(update: ImageUpdate) -> list[str]:
    return [f"- container {step.container}: {step.before} -> {step.after}" for step in update.images]


def _tail(image: str) -> str:
    return split_name(image)[1].lstrip(":@")[:80] or image
