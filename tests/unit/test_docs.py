"""The documents name everything that there is, and lead to places that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.record import RolloutState
from watch_cluster.domain.update.decision import HoldReason
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.settings.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?P<target>[^)#:]+)?(?:#(?P<heading>[^)]+))?\)")


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("key", sorted(annotation.READ | annotation.WRITTEN))
def test_every_annotation_is_documented(key: str) -> None:
    assert f"`{key}`" in text("docs/annotations.md")


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
@pytest.mark.parametrize("key", sorted(annotation.READ))
def test_every_annotation_that_people_write_is_in_the_readme(readme: str, key: str) -> None:
    assert f"`{key}`" in text(readme)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_variable_is_documented_with_its_default(name: str) -> None:
    [row] = [line for line in text("docs/configuration.md").splitlines() if line.startswith(f"| `{name}` |")]
    default = Settings.model_fields[name].default
    if default:
        written = ",".join(default) if isinstance(default, tuple) else default
        assert f"| `{written}` |" in row


@pytest.mark.parametrize("reason", list(EventReason))
def test_every_event_is_documented(reason: EventReason) -> None:
    assert f"| `{reason}` | {'Warning' if reason.is_warning else 'Normal'} |" in text("docs/operating.md")


@pytest.mark.parametrize("state", list(RolloutState))
def test_every_state_of_a_rollout_is_documented(state: RolloutState) -> None:
    assert f"- `{state}`: " in text("docs/annotations.md")


@pytest.mark.parametrize("hold", [each for each in HoldReason if each is not HoldReason.NOT_WATCHED])
def test_every_hold_that_check_may_tell_is_documented(hold: HoldReason) -> None:
    assert str(hold) in " ".join(text("docs/configuration.md").split())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in LINK.finditer(document.read_text()):
        target = document.parent / link["target"] if link["target"] else document
        assert target.exists(), link[0]
        if link["heading"]:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert link["heading"] in [heading.lower().replace(" ", "-") for heading in headings], link[0]


def test_both_readmes_show_the_same_commands() -> None:
    commands = [re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL) for name in ("README.md", "README.ko.md")]
    assert commands[0] == commands[1]


PROMISE = re.compile(r"\| `(?P<file>tests/[\w./-]+|LICENSE)`: (?P<name>[^|]+?) \|")


def test_every_promise_names_a_test_that_exists() -> None:
    promises = list(PROMISE.finditer(text("docs/promises.md")))
    assert len(promises) > 30
    missing = [each[0] for each in promises if each["name"] not in text(each["file"])]
    assert missing == []


NAMED_TEST = re.compile(r"`(?P<file>tests/[\w/]+\.(?:py|feature))(?:::(?P<test>\w+))?`")


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = list(NAMED_TEST.finditer(text("docs/security.md")))
    assert len(named) > 20
    for each in named:
        content = text(each["file"])
        assert each["test"] is None or f"def {each['test']}(" in content, each[0]
