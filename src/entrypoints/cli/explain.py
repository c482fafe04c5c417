"""`watch-cluster explain`: why a workload is updated, or is not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from watch_cluster.application.check.check_for_update import Check, CheckForUpdate
from watch_cluster.application.check.windows import window_opening
from watch_cluster.application.ports.clock import Clock, Scheduler
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.policy.setting import Setting
from watch_cluster.domain.rollout.record import RolloutRecord
from watch_cluster.domain.schedule.window import Opening
from watch_cluster.domain.update.decision import Decision, Held, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload, WorkloadKey
from watch_cluster.entrypoints.cli.candidates import listed, print_candidates, taken_apart


class NoSuchWorkload(Exception):  # noqa: N818 - the name says what is wrong
    """No workload of that name says anything to us; one line for a person."""


def key_named(text: str, workloads: Iterable[Workload]) -> WorkloadKey:
    """Find the workload that `NAMESPACE/KIND/NAME` names, the kind in any case. Raises `NoSuchWorkload`."""
    namespace, kind, name = text.split("/")
    for workload in workloads:
        key = workload.key
        if (key.namespace, key.kind.lower(), key.name) == (namespace, kind.lower(), name):
            return key
    raise NoSuchWorkload(
        f"there is no {text} that carries an annotation of {annotation.DOMAIN}: kubectl annotate it with"
        f" {annotation.ENABLED}=true, or see with watch-cluster check what is watched"
    )


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a check came to, and when the next one is. `windows` is None when rollouts may start at any time."""

    check: Check
    next_check: datetime | None
    windows: Opening | None


@dataclass(frozen=True, slots=True)
class Explain:
    """Checks one workload, and remembers all that was considered."""

    check: CheckForUpdate
    scheduler: Scheduler
    clock: Clock

    def __call__(self, key: WorkloadKey) -> Explanation:
        """Look at the workload. The orchestrator must have been loaded. Raises `OrchestratorUnavailable`."""
        check = self.check(key)
        policy = check.policy
        if policy is None:
            return Explanation(check, None, None)
        now = self.clock.now()
        following = self.scheduler.next_after(policy.schedule, policy.zone, now)
        return Explanation(
            check,
            None if following is None else following.astimezone(policy.zone),
            window_opening(policy, now, self.scheduler),
        )


def print_json(explanation: Explanation) -> None:
    """Print the explanation for programs."""
    check, windows = explanation.check, explanation.windows
    document = {
        "workload": str(check.key),
        "settings": [
            {
                "key": annotation.short(each.key),
                "value": each.value,
                "from": each.source.value,
                "container": each.container,
            }
            for each in _settings(check.policy)
        ],
        "containers": [
            {
                "container": decision.container,
                "image": _image(check, decision),
                "current": _tag(check, decision),
                "parts": dict(taken_apart(_tag(check, decision))),
                "decision": str(decision),
                "why": decision.message if isinstance(decision, Held) else None,
                "chosen": None if (update := _update(decision)) is None else update.target,
                "candidates": listed(decision.evaluated_tags),
            }
            for decision in check.decisions
        ],
        "last_rollout": _last_rollout(check),
        "next_check": None if explanation.next_check is None else explanation.next_check.isoformat(),
        "window": None
        if windows is None
        else {"open": windows.now, "next": None if windows.following is None else windows.following.isoformat()},
    }
    print(json.dumps(document, indent=2))  # noqa: T201 - the command's output


def print_text(explanation: Explanation, console: Console) -> None:
    """Print the explanation for people. What comes from the cluster or a registry is text, never markup."""
    check = explanation.check

    def say(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    say(str(check.key))
    settings = _settings(check.policy)
    if settings:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("SETTING", "VALUE", "FROM"):
            table.add_column(title, overflow="fold")
        for each in settings:
            whose = f" {each.container}" if each.container is not None else ""
            table.add_row(Text(annotation.short(each.key)), Text(each.value), Text(f"{each.source.value}{whose}"))
        console.print(table)
    for decision in check.decisions:
        say("")
        if decision.container is not None:
            say(f"container {decision.container}: {_image(check, decision)}")
        print_candidates(_tag(check, decision), decision.evaluated_tags, console)
        say(f"{decision}" + (f": {decision.message}" if isinstance(decision, Held) else ""))
    say("")
    last = _last_rollout(check)
    if last is not None:
        say(f"last rollout: {last['state']}: {last['change']}" + (f": {last['message']}" if last["message"] else ""))
    say(f"next check: {_when(explanation.next_check)}")
    if explanation.windows is not None:
        windows = explanation.windows
        say(f"window: {'open' if windows.now else 'closed'}, opens next at {_when(windows.following)}")


def _last_rollout(check: Check) -> dict[str, str | None] | None:
    record = None if check.workload is None else RolloutRecord.of(check.workload)
    if record is None:
        return None
    why = record.message or (record.failure.message if record.failure is not None else None)
    return {
        "state": record.state.value,
        "change": record.change,
        "message": why,
        "started": record.started.isoformat(),
        "ended": None if record.ended is None else record.ended.isoformat(),
    }


def _settings(policy: Policy | None) -> tuple[Setting, ...]:
    """What counts; once where it is the same for each container."""
    merged: dict[tuple[str, str, str, str | None], Setting] = {}
    for each in () if policy is None else policy.settings:
        own = each.container if each.source.value == "container" else None
        merged[each.key, each.value, each.source.value, own] = Setting(each.key, each.value, each.source, own)
    return tuple(merged.values())


def _target(check: Check, decision: Decision) -> Target | None:
    targets = () if check.policy is None else check.policy.targets
    return next((each for each in targets if each.container == decision.container), None)


def _image(check: Check, decision: Decision) -> str | None:
    return None if (target := _target(check, decision)) is None else str(target.image)


def _tag(check: Check, decision: Decision) -> str | None:
    return None if (target := _target(check, decision)) is None else target.image.effective_tag


def _update(decision: Decision) -> Update | None:
    update = decision.update if isinstance(decision, Held) else decision
    return update if isinstance(update, Update) else None


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else moment.isoformat()
