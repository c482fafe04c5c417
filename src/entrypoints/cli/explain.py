"""Prints the explanations of `watch-cluster explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from watch_cluster.application.check.check_for_update import Check
from watch_cluster.application.check.explain import Explanation
from watch_cluster.domain.images.origin import SHOWN
from watch_cluster.domain.policy.policy import Policy, Target
from watch_cluster.domain.policy.resolver import Setting
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.update.decision import Decision, Held, Update
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.cli.candidates import candidate_lines, current_version, listed
from watch_cluster.entrypoints.output.columns import columns, wrapped

_INDENT: Final = "  "


def print_json(explanation: Explanation) -> None:
    """Print the explanation as JSON."""
    check, windows = explanation.check, explanation.windows
    document = {
        "workload": str(check.key),
        "settings": [
            {
                "key": annotation.short(setting.key),
                "value": setting.value,
                "from": setting.source.value,
                "container": setting.container,
            }
            for setting in _effective_settings(check.policy)
        ],
        "containers": [
            {
                "container": decision.container,
                "image": _image(check, decision),
                "current": _tag(check, decision),
                "parts": _parts(check, decision),
                "decision": str(decision),
                "why": decision.message if isinstance(decision, Held) else None,
                "chosen": None if (update := _update(decision)) is None else update.target,
                "origin": {} if update is None else update.origin.stated,
                "candidates": listed(decision.evaluated_tags),
            }
            for decision in check.decisions
        ],
        "last_rollout": _last_rollout(check),
        "next_check": None if explanation.next_check is None else explanation.next_check.isoformat(),
        "limited": explanation.limited,
        "unknown": explanation.unknown,
        "after": [
            {
                "workload": str(each.predecessor.key),
                "for": describe_duration(each.predecessor.duration),
                "depth": each.depth,
                "standing": each.standing,
            }
            for each in explanation.chain
        ],
        "window": None
        if windows is None
        else {
            "open": windows.is_open,
            "next": None if windows.next_opening is None else windows.next_opening.isoformat(),
        },
    }
    print(json.dumps(document, indent=2))  # noqa: T201 - the command's output


def print_text(explanation: Explanation, width: int) -> None:
    """Print the explanation for people."""
    print("\n".join(_lines(explanation, width)))  # noqa: T201 - the command's output


def _lines(explanation: Explanation, width: int) -> Iterator[str]:
    check = explanation.check
    yield from wrapped(str(check.key), width)
    yield from columns(("SETTING", "VALUE", "FROM"), _rows(_effective_settings(check.policy)), width)
    for decision in check.decisions:
        yield ""
        if decision.container is not None:
            yield from wrapped(f"container {decision.container}: {_image(check, decision)}", width, _INDENT)
        yield from candidate_lines(current_version(_target(check, decision)), decision.evaluated_tags, width)
        message = f": {decision.message}" if isinstance(decision, Held) else ""
        yield from wrapped(f"{decision}{message}", width, _INDENT)
        update = _update(decision)
        if update is not None:
            for name, value in update.origin.stated.items():
                yield from wrapped(f"  {SHOWN.get(name, name)}: {value}", width, _INDENT * 2)
    yield ""
    for line in _status(explanation):
        yield from wrapped(line, width, _INDENT)


def _status(explanation: Explanation) -> Iterator[str]:
    last = _last_rollout(explanation.check)
    if last is not None:
        message = f": {last['message']}" if last["message"] else ""
        yield f"last rollout: {last['state']}: {last['change']}{message}"
    yield f"next check: {_format_time(explanation.next_check)}"
    for link in explanation.chain:
        yield f"{'  ' * (link.depth - 1)}after {link.predecessor}: {link.standing}"
    if explanation.limited is not None:
        yield f"checks: {explanation.limited}"
    if explanation.unknown is not None:
        yield f"not known here, which images failed in other namespaces: {explanation.unknown}"
    if explanation.windows is not None:
        windows = explanation.windows
        state = "open" if windows.is_open else "closed"
        yield f"window: {state}, opens next at {_format_time(windows.next_opening)}"


def _rows(settings: tuple[Setting, ...]) -> list[tuple[str, str, str]]:
    return [
        (
            annotation.short(setting.key),
            setting.value,
            setting.source.value if setting.container is None else f"{setting.source.value} {setting.container}",
        )
        for setting in settings
    ]


def _last_rollout(check: Check) -> dict[str, str | None] | None:
    record = None if check.workload is None else RolloutRecord.of(check.workload)
    if record is None:
        return None
    message = record.message or (record.failure.message if record.failure is not None else None)
    return {
        "state": record.state.value,
        "change": record.change,
        "message": message,
        "started": record.started.isoformat(),
        "ended": None if record.ended is None else record.ended.isoformat(),
    }


def _effective_settings(policy: Policy | None) -> tuple[Setting, ...]:
    """Return the effective settings, those that are equal for all containers once."""
    merged: dict[tuple[str, str, str, str | None], Setting] = {}
    for setting in () if policy is None else policy.settings:
        container = setting.container if setting.source.value == "container" else None
        merged[setting.key, setting.value, setting.source.value, container] = Setting(
            setting.key, setting.value, setting.source, container
        )
    return tuple(merged.values())


def _target(check: Check, decision: Decision) -> Target | None:
    targets = () if check.policy is None else check.policy.targets
    return next((target for target in targets if target.container == decision.container), None)


def _image(check: Check, decision: Decision) -> str | None:
    return None if (target := _target(check, decision)) is None else str(target.image)


def _tag(check: Check, decision: Decision) -> str | None:
    return None if (target := _target(check, decision)) is None else target.image.effective_tag


def _parts(check: Check, decision: Decision) -> dict[str, str]:
    version = current_version(_target(check, decision))
    return {} if version is None else dict(version.parts)


def _update(decision: Decision) -> Update | None:
    update = decision.update if isinstance(decision, Held) else decision
    return update if isinstance(update, Update) else None


def _format_time(moment: datetime | None) -> str:
    return "never" if moment is None else moment.isoformat()
