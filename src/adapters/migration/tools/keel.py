"""Keel: annotations or labels on workloads.

Source: https://keel.sh/docs/#policies and the constants in https://github.com/keel-hq/keel/blob/master/types/types.go
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Final

from watch_cluster.adapters.migration.documents import Documents
from watch_cluster.adapters.migration.rules import Outcome, Rule, Subject, becomes, nothing, whole_tag
from watch_cluster.adapters.migration.schedules import schedule_of

PREFIX: Final = "keel.sh/"
_OWN_ORDER: Final = "tags are compared as versions; if another part of the tag counts, set tag-pattern"


def _policy(value: str, subject: Subject) -> Outcome:
    containers = {"containers": "*"} if len(subject.images) > 1 else {}
    kind, _, pattern = value.partition(":")
    simple = {
        "all": becomes(strategy="version", prerelease="true"),
        "major": becomes(strategy="version"),
        "minor": becomes(strategy="version-lock-major"),
        "patch": becomes(strategy="version-lock-minor"),
        "never": becomes(enabled="false"),
    }
    if kind in simple:
        outcome = simple[kind]
    elif kind == "glob":
        outcome = becomes(_OWN_ORDER, strategy="version", allow_tags=_expression_of_glob(pattern))
    elif kind == "regexp":
        outcome = becomes(_OWN_ORDER, strategy="version", allow_tags=whole_tag(pattern))
    elif kind == "force":
        matches = any(subject.settings.get(f"{PREFIX}{key}") == "true" for key in ("matchTag", "match-tag"))
        note = None if matches else "only a new digest of the tag that runs is taken, not any tag that is pushed"
        outcome = becomes(note, strategy="latest")
    else:
        return Outcome(notes=(f"{value!r} is not a policy that Keel documents",))
    return Outcome({**outcome.settings, **containers}, outcome.notes)


def _expression_of_glob(glob: str) -> str:
    return re.sub(r"^\(\?s:(.*)\)\\[zZ]$", r"\1", fnmatch.translate(glob)).replace("(?>", "(?:")


def _poll_schedule(value: str, _subject: Subject) -> Outcome:
    schedule = schedule_of(value)
    return Outcome(notes=(f"no cron expression fires like {value!r}",)) if schedule is None else becomes(cron=schedule)


def _approvals(value: str, _subject: Subject) -> Outcome:
    if value == "0":
        return Outcome()
    note = None if value == "1" else f"one approval is enough, not {value}"
    return becomes(note, approval="required")


def _init_containers(value: str, _subject: Subject) -> Outcome:
    return Outcome(notes=("name the init containers in containers",)) if value == "true" else Outcome()


RULES: Final[Mapping[str, Rule]] = {
    f"{PREFIX}policy": _policy,
    f"{PREFIX}trigger": nothing(),
    f"{PREFIX}pollSchedule": _poll_schedule,
    f"{PREFIX}matchTag": nothing(),
    f"{PREFIX}match-tag": nothing(),
    f"{PREFIX}matchPreRelease": nothing(),
    f"{PREFIX}approvals": _approvals,
    f"{PREFIX}approvalDeadline": nothing("no equal: an approval waits until a newer candidate replaces it"),
    f"{PREFIX}notify": nothing("set notify to the name of a channel that the operator has made"),
    f"{PREFIX}releaseNotes": nothing("no equal"),
    f"{PREFIX}imagePullSecret": nothing("the Pod's imagePullSecrets are used; name the Secret there"),
    f"{PREFIX}initContainers": _init_containers,
    f"{PREFIX}monitorContainers": nothing("name the containers in containers, comma-separated"),
    f"{PREFIX}gracePeriod": nothing("no equal: the Pod's own terminationGracePeriodSeconds applies"),
    f"{PREFIX}digest": nothing(),
    f"{PREFIX}update-time": nothing(),
}
EXAMPLES: Final = (
    ("policy", "all"),
    ("policy", "major"),
    ("policy", "minor"),
    ("policy", "patch"),
    ("policy", "glob:build-*"),
    ("policy", "regexp:^v1"),
    ("policy", "force"),
    ("policy", "never"),
    ("trigger", "poll"),
    ("pollSchedule", "@every 5m"),
    ("approvals", "1"),
    ("approvals", "2"),
    ("approvalDeadline", "24"),
    ("notify", "team"),
    ("imagePullSecret", "regcred"),
    ("initContainers", "true"),
)


def find(documents: Documents) -> Iterator[Subject]:
    """The workloads with annotations or labels of Keel."""
    return (
        Subject(str(workload), settings, workload.images)
        for workload in documents.workloads()
        if (settings := {key: value for key, value in workload.settings.items() if key.startswith(PREFIX)})
    )
