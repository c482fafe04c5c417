"""WUD (What's up Docker): labels on containers, and variables of WUD itself.

Source: https://getwud.github.io/wud/#/configuration/watchers/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watch_cluster.adapters.migration.docker_labels import labelled, process
from watch_cluster.adapters.migration.documents import Documents
from watch_cluster.adapters.migration.rules import Outcome, Rule, Subject, becomes, nothing, version_group, whole_tag
from watch_cluster.adapters.migration.schedules import schedule_of

_TRIGGERS: Final = "no equal per container; without mode=notify, updates are rolled out"


def _watch(value: str, _subject: Subject) -> Outcome:
    return becomes(enabled="true", mode="notify") if value == "true" else becomes(enabled="false")


def _transform(value: str, _subject: Subject) -> Outcome:
    expression, _, replacement = (part.strip() for part in value.partition("=>"))
    pattern = version_group(expression, replacement)
    if pattern is None:
        return Outcome(notes=(f"{replacement!r} takes more than one group: write a tag-pattern with a group version",))
    return becomes(tag_pattern=pattern)


def _cron(value: str, _subject: Subject) -> Outcome:
    schedule = schedule_of(value)
    if schedule is None:
        return Outcome(notes=(f"no cron expression fires like {value!r}",))
    return Outcome(variables={"DEFAULT_CRON": schedule})


def _digest(value: str, subject: Subject) -> Outcome:
    if value != "true":
        return Outcome()
    note = (
        "the tag that runs is followed, and newer tags are not taken" if "wud.tag.include" in subject.settings else None
    )
    return becomes(note, strategy="latest")


def _include(value: str, subject: Subject) -> Outcome:
    if subject.settings.get("wud.watch.digest") == "true":
        return Outcome()
    return becomes(strategy="version", allow_tags=whole_tag(value))


RULES: Final[Mapping[str, Rule]] = {
    "wud.watch": _watch,
    "wud.watch.digest": _digest,
    "wud.tag.include": _include,
    "wud.tag.exclude": lambda value, _: becomes(ignore_tags=whole_tag(value)),
    "wud.tag.transform": _transform,
    "wud.trigger.include": nothing(_TRIGGERS),
    "wud.trigger.exclude": nothing(_TRIGGERS),
    "wud.link.template": nothing("no equal"),
    "wud.display.*": nothing("no equal"),
    "wud.compose.file": nothing("no equal: the Compose file is not edited"),
    "WUD_WATCHER_LOCAL_CRON": _cron,
    "WUD_WATCHER_LOCAL_WATCHBYDEFAULT": nothing("containers without a label are not updated: label each"),
    "WUD_TRIGGER_HTTP_*": nothing("set WEBHOOK_URL and the types of webhooks"),
    "WUD_TRIGGER_DOCKER_*": nothing(
        "leave mode out, since updates are the default; to remove old images, set CLEANUP_IMAGES"
    ),
    "WUD_TRIGGER_*": nothing("make a channel in NOTIFICATIONS, or set WEBHOOK_URL"),
    "WUD_REGISTRY_*": nothing("set REGISTRY_CONFIG"),
    "WUD_*": nothing("no equal"),
}
EXAMPLES: Final = (
    ("wud.watch", "true"),
    ("wud.watch", "false"),
    ("wud.watch.digest", "true"),
    ("wud.tag.include", r"^\d+\.\d+$"),
    ("wud.tag.exclude", "-rc"),
    ("wud.tag.transform", r"^v(\d+).*$ => $1"),
    ("wud.trigger.include", "slack"),
    ("wud.link.template", "https://…"),
    ("WUD_WATCHER_LOCAL_CRON", "0 1 * * *"),
    ("WUD_TRIGGER_HTTP_HOOK_URL", "https://…"),
)


def find(documents: Documents) -> Iterator[Subject]:
    """The containers with labels, and WUD itself."""
    yield from labelled(documents, "wud.")
    yield from process(documents, "WUD_")
