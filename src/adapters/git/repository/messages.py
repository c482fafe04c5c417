"""What commits and pull requests say: one line for the history, the reasons below, and trailers for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.git.manifests.places import split_name
from watch_cluster.domain.printable import printable
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

TRAILER: Final = "Watch-Cluster-Rollout"
"""The trailer that names a rollout, by which a commit is found again."""
WORKLOAD_TRAILER: Final = "Watch-Cluster-Workload"
BRANCHES: Final = "watch-cluster/"
"""The branches that are ours."""
_WITHDRAWN: Final = "(withdrawn)"
_IN_TEXT: Final = re.compile(rf"`{TRAILER}: (?P<rollout>[\w-]+)`(?P<withdrawn> {re.escape(_WITHDRAWN)})?", re.ASCII)
_LONGEST_LINE: Final = 500
_NO_REF: Final = re.compile(r"[^A-Za-z0-9_.-]+|\.{2,}|^[.-]+|\.lock$|[.]+$", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImageUpdate:
    """The update of a workload's images. `reasons` says for each container why this image was chosen.

    `failure` is why images are put back; None when they are updated.
    """

    workload: WorkloadKey
    images: tuple[ImageChange, ...]
    rollout: str
    reasons: tuple[str, ...] = ()
    failure: str | None = None

    @property
    def subject(self) -> str:
        """One line: `Update default/Deployment/shop: app to 1.1`, or `Roll back …`."""
        changes = ", ".join(f"{step.container} to {_tail(step.after)}" for step in self.images)
        verb = "Update" if self.failure is None else "Roll back"
        return f"{verb} {self.workload}: {changes}"

    @property
    def branch(self) -> str:
        """The branch that proposes updates of this workload."""
        parts = (self.workload.namespace, self.workload.kind.lower(), self.workload.name)
        return BRANCHES + "/".join(_NO_REF.sub("-", part) or "-" for part in parts)


def commit_message(update: ImageUpdate) -> str:
    """The message of a commit: subject, details, trailers (git-interpret-trailers)."""
    reasons = [*update.reasons, *([] if update.failure is None else [_line(update.failure)])]
    lines = [update.subject, "", *_details(update), *(f"- {reason}" for reason in [*reasons, *_origins(update)]), ""]
    lines += [f"{WORKLOAD_TRAILER}: {update.workload}", f"{TRAILER}: {update.rollout}"]
    return "\n".join(lines) + "\n"


def request_text(update: ImageUpdate) -> str:
    """The text of a pull request, in Markdown."""
    rows = [f"| `{step.container}` | `{step.before}` | `{step.after}` |" for step in update.images]
    # A link in a code span is shown as it is, and opens nothing by mistake.
    reasons = [f"- {reason}" for reason in [*update.reasons, *(_code(each) for each in _origins(update))]]
    lines = ["| Container | From | To |", "|---|---|---|", *rows, "", *reasons, ""]
    if update.failure is None:
        lines += ["Merge this to update. Close it to decline: this image is not proposed again."]
    else:
        lines += [f"The update failed: {_code(update.failure)}", ""]
        lines += ["Merge this to go back to what ran before. Close it to leave it as it is."]
    lines += ["", f"`{TRAILER}: {update.rollout}`"]
    return "\n".join(lines) + "\n"


def withdrawn_text(rollout: str, why: str) -> str:
    """The text of a pull request that Watch-Cluster closes itself."""
    return f"Closed by Watch-Cluster: {_code(why)}\n\n`{TRAILER}: {rollout}` {_WITHDRAWN}\n"


def rollout_in(text: str) -> tuple[str | None, bool]:
    """The rollout that the text of a pull request names, and whether Watch-Cluster has closed it itself."""
    found = _IN_TEXT.search(text)
    return (None, False) if found is None else (found["rollout"], found["withdrawn"] is not None)


def _details(update: ImageUpdate) -> list[str]:
    return [f"- container {step.container}: {step.before} -> {step.after}" for step in update.images]


def _origins(update: ImageUpdate) -> list[str]:
    """Where the new images say that they come from; links alone, of which nothing is markup."""
    return [f"container {step.container}: {step.origin}" for step in update.images if step.origin]


def _code(text: str) -> str:
    """A code span, in which output of a container can neither mention people nor contain markup."""
    line = _line(text).replace("`", "'")
    return f"`{line}`"


def _line(text: str) -> str:
    return printable(" ".join(text.split()))[:_LONGEST_LINE]


def _tail(image: str) -> str:
    return split_name(image)[1].lstrip(":@")[:80] or image
