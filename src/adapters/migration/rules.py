"""What a setting of another tool becomes, and how the settings of one workload are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from watch_cluster.domain.policy.setting_specs import CONTAINER_KEYS, SPECS
from watch_cluster.domain.versions.tag_pattern import Compiler
from watch_cluster.domain.workload import annotation

Texts = Mapping[str, str]


class Place(StrEnum):
    """What settings of ours can be set on: a workload of Kubernetes, a service of Compose, or nothing that is known."""

    WORKLOAD = "workload"
    SERVICE = "service"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that the other tool has settings for.

    `settings` have that tool's names. `images` are the containers with their images. `container` is set if the settings
    apply to this one alone. `notes` are what a person must know besides the settings.
    """

    name: str
    settings: Texts
    images: Texts = field(default_factory=dict)
    container: str | None = None
    place: Place = Place.WORKLOAD
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one setting becomes: settings of ours by name, variables of the process, and what a person must know."""

    settings: Texts = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    variables: Texts = field(default_factory=dict)


Rule = Callable[[str, Subject], Outcome]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to set on one subject, which variables of the process to set, and what a person must know."""

    subject: Subject
    annotations: Texts
    notes: tuple[str, ...]
    variables: Texts


def becomes(note: str | None = None, /, **settings: str) -> Outcome:
    """An outcome with these settings; `_` stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    return Outcome(named, () if note is None else (note,))


def nothing(note: str | None = None) -> Rule:
    """A rule for a setting that has no equal, with the reason, or that needs none."""
    return lambda _value, _subject: Outcome(notes=() if note is None else (note,))


def variable(name: str, note: str | None = None) -> Rule:
    """A rule for a setting of the process with the same values."""
    return lambda value, _subject: Outcome(notes=() if note is None else (note,), variables={name: value})


def advise(subject: Subject, rules: Mapping[str, Rule], compiler: Compiler) -> Advice:
    """Apply the rules to all settings of the subject.

    A key of the rules that ends with `*` stands for all that begin so. What our own parsers do not accept becomes a
    note.
    """
    settings: dict[str, str] = {}
    variables: dict[str, str] = {}
    notes = list(subject.notes)
    for key, value in sorted(subject.settings.items()):
        rule = _rule_for(key, rules)
        outcome = Outcome(notes=("there is no such setting",)) if rule is None else rule(value, subject)
        settings |= outcome.settings
        variables |= outcome.variables
        notes += [f"{key}: {note}" for note in outcome.notes]
    if settings:
        settings = {"enabled": "true", **settings}
    for name, value in sorted(settings.items()):
        if (fault := _fault(name, value, compiler)) is not None:
            del settings[name]
            notes.append(f"{name}: {value!r} cannot be converted, {fault}")
    return Advice(subject, _annotations(settings, subject), tuple(notes), variables)


def _rule_for(key: str, rules: Mapping[str, Rule]) -> Rule | None:
    starred = (rule for name, rule in rules.items() if name.endswith("*") and key.startswith(name[:-1]))
    return rules.get(key) or next(starred, None)


def _fault(name: str, value: str, compiler: Compiler) -> str | None:
    try:
        SPECS[f"{annotation.DOMAIN}/{name}"].parse(value, compiler)
    except ValueError as error:
        return str(error)
    return None


def _annotations(settings: Texts, subject: Subject) -> dict[str, str]:
    written = {}
    for name, value in settings.items():
        key = f"{annotation.DOMAIN}/{name}"
        first = next(iter(subject.images), None)
        if subject.container is not None and subject.container != first and key in CONTAINER_KEYS:
            key = f"{subject.container}.{key}"
        written[key] = value
    if subject.container is not None and len(subject.images) > 1 and settings:
        written[f"{annotation.DOMAIN}/containers"] = subject.container
    return written


def merged(advices: Sequence[Advice]) -> tuple[Advice, ...]:
    """Put together what several settings say of the containers of one workload.

    Services of several Compose files may have the same name and nothing else in common.
    """
    found: dict[str, Advice] = {}
    key = f"{annotation.DOMAIN}/containers"
    for advice in advices:
        name = advice.subject.name
        if advice.subject.place is not Place.WORKLOAD:
            name = f"{name} {advice.annotations} {advice.variables} {advice.notes}"
        if (before := found.get(name)) is None:
            found[name] = advice
            continue
        containers = [each.annotations[key] for each in (before, advice) if key in each.annotations]
        annotations = {**before.annotations, **advice.annotations}
        if containers:
            annotations[key] = ",".join(dict.fromkeys(containers))
        found[name] = Advice(
            before.subject,
            annotations,
            tuple(dict.fromkeys(before.notes + advice.notes)),
            {**before.variables, **advice.variables},
        )
    return tuple(found.values())


def constrained(constraint: str) -> Outcome:
    """A range of versions; `-0` in it takes prereleases as well.

    >>> dict(constrained(">=1.0.0-0").settings)
    {'strategy': 'version', 'constraint': '>=1.0.0', 'prerelease': 'true'}
    """
    numbers = re.sub(r"(?<=[\dxX*])-0\b", "", constraint)
    settings = {"strategy": "version", "constraint": numbers}
    return Outcome(settings | ({"prerelease": "true"} if numbers != constraint else {}))


def whole_tag(expression: str) -> str:
    """An expression that is found anywhere in a tag, as one that matches the whole tag.

    >>> whole_tag("^v1"), whole_tag("-alpine$")
    ('v1.*', '.*-alpine')
    """
    starts, ends = expression.startswith("^"), expression.endswith("$") and not expression.endswith("\\$")
    core = expression[starts : len(expression) - ends]
    if "|" in core and not (starts and ends and core.startswith("(") and core.endswith(")")):
        core = f"(?:{core})"
    return f"{'' if starts else '.*'}{core}{'' if ends else '.*'}"


def version_group(expression: str, extract: str) -> str | None:
    """The expression with the group that `extract` names called `version`; None if it takes more than one group.

    >>> version_group("^main-[a-f0-9]+-(?P<ts>[0-9]+)", "$ts")
    '^main-[a-f0-9]+-(?P<version>[0-9]+)'
    """
    match = re.fullmatch(r"\$\{?(\w+)\}?", extract)
    if match is None:
        return None
    name = match[1]
    if name.isdigit():
        groups = list(re.finditer(r"(?<!\\)\((?!\?)", expression))
        if int(name) not in range(1, len(groups) + 1):
            return None
        place = groups[int(name) - 1].start()
        return f"{expression[:place]}(?P<version>{expression[place + 1 :]}"
    named = re.sub(rf"\(\?P?<{name}>", "(?P<version>", expression)
    return None if named == expression else named
