"""Diun: labels on containers or annotations on Pods, and variables of Diun itself. It reports, and updates nothing.

Source: https://crazymax.dev/diun/providers/docker/#docker-labels
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watch_cluster.adapters.migration.docker_labels import labelled, process
from watch_cluster.adapters.migration.documents import Documents
from watch_cluster.adapters.migration.rules import Outcome, Rule, Subject, becomes, nothing, variable, whole_tag
from watch_cluster.adapters.migration.schedules import schedule_of


def _enable(value: str, subject: Subject) -> Outcome:
    if value != "true":
        return becomes(enabled="false")
    all_tags = subject.settings.get("diun.watch_repo") == "true"
    return becomes(mode="notify", strategy="version" if all_tags else "latest")


def _expressions(value: str) -> str:
    found = [whole_tag(each.strip()) for each in value.split(";") if each.strip()]
    return found[0] if len(found) == 1 else "|".join(f"(?:{each})" for each in found)


def _schedule(value: str, _subject: Subject) -> Outcome:
    schedule = schedule_of(value)
    if schedule is None:
        return Outcome(notes=(f"no cron expression fires like {value!r}",))
    return Outcome(variables={"DEFAULT_CRON": schedule})


RULES: Final[Mapping[str, Rule]] = {
    "diun.enable": _enable,
    "diun.watch_repo": nothing(),
    "diun.include_tags": lambda value, _: becomes(allow_tags=_expressions(value)),
    "diun.exclude_tags": lambda value, _: becomes(ignore_tags=_expressions(value)),
    "diun.sort_tags": nothing("tags are compared as versions"),
    "diun.max_tags": nothing("not needed: only newer tags are reported"),
    "diun.notify_on": nothing("no equal: each candidate is reported once"),
    "diun.regopt": nothing("set REGISTRY_CONFIG"),
    "diun.platform": nothing("not needed: the platforms of the nodes apply"),
    "diun.hub_link": nothing("no equal"),
    "diun.metadata.*": nothing("no equal"),
    "DIUN_WATCH_SCHEDULE": _schedule,
    "DIUN_WATCH_WORKERS": variable("CHECK_WORKERS"),
    "DIUN_PROVIDERS_*": nothing("containers without a label are not watched: label each"),
    "DIUN_NOTIF_*": nothing("make a channel in NOTIFICATIONS, or set WEBHOOK_URL"),
    "DIUN_*": nothing("no equal"),
}
EXAMPLES: Final = (
    ("diun.enable", "true"),
    ("diun.enable", "false"),
    ("diun.include_tags", "^1;^2"),
    ("diun.exclude_tags", "-rc"),
    ("diun.sort_tags", "semver"),
    ("diun.notify_on", "new"),
    ("diun.regopt", "private"),
    ("DIUN_WATCH_SCHEDULE", "0 */6 * * *"),
    ("DIUN_WATCH_WORKERS", "20"),
    ("DIUN_NOTIF_WEBHOOK_ENDPOINT", "https://…"),
)


def find(documents: Documents) -> Iterator[Subject]:
    """The containers and Pods with labels or annotations, and Diun itself."""
    yield from labelled(documents, "diun.")
    yield from process(documents, "DIUN_")
