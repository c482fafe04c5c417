"""The documents name everything that there is, and lead to places that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.generate.pages import PARTS, names_in, written
from tests.helm import values_schema
from watch_cluster.domain.policy.setting_specs import CONTAINER_KEYS, SPECS, WORKLOAD_KEYS, SettingSpec, Source
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.domain.update.decision import HoldReason
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.settings.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?P<target>[^)#:]+)?(?:#(?P<heading>[^)]+))?\)")


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("key", sorted(WORKLOAD_KEYS | annotation.WRITTEN))
def test_every_annotation_is_documented(key: str) -> None:
    assert f"`{key}`" in text("docs/annotations.md")


@pytest.mark.parametrize("key", sorted(WORKLOAD_KEYS | annotation.WRITTEN))
def test_every_annotation_is_documented_in_korean(key: str) -> None:
    assert f"`{key}`" in text("docs/annotations.ko.md")


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
@pytest.mark.parametrize("key", sorted(WORKLOAD_KEYS))
def test_every_annotation_that_people_write_is_in_the_readme(readme: str, key: str) -> None:
    assert f"`{key}`" in text(readme)


@pytest.mark.parametrize("name", sorted(Settings.variables()))
def test_every_variable_is_documented_with_its_default(name: str) -> None:
    [row] = [line for line in text("docs/configuration.md").splitlines() if line.startswith(f"| `{name}` |")]
    default = Settings.variables()[name]
    if default:
        written = ",".join(default) if isinstance(default, tuple) else default
        written = describe_duration(written) if isinstance(written, timedelta) else written
        written = str(written).lower() if isinstance(written, bool) else written
        assert f"| `{written}` |" in row


@pytest.mark.parametrize("spec", [each for each in SPECS.values() if not each.written], ids=lambda spec: str(spec.name))
def test_the_annotation_is_documented_with_its_default_and_where_it_can_be_set(spec: SettingSpec[Any]) -> None:
    if spec.scopes == (Source.NAMESPACE,):
        assert f"`{spec.key}` on a Namespace" in text("docs/annotations.md")
        return
    star = " *" if spec.key in CONTAINER_KEYS else ""
    start = f"| `{spec.key}`{star} |"
    [row] = [line for line in text("docs/annotations.md").splitlines() if line.startswith(start)]
    if spec.default is not None:
        assert row.split("|")[-2].replace('"', "").strip() == f"`{spec.default}`"


@pytest.mark.parametrize("reason", list(EventReason))
def test_every_event_is_documented(reason: EventReason) -> None:
    assert f"| `{reason}` | {'Warning' if reason.is_warning else 'Normal'} |" in text("docs/operating.md")


@pytest.mark.parametrize("state", list(RolloutState))
def test_every_state_of_a_rollout_is_documented(state: RolloutState) -> None:
    assert f"- `{state}`: " in text("docs/annotations.md")


@pytest.mark.parametrize("hold", [each for each in HoldReason if each is not HoldReason.NOT_WATCHED])
def test_every_hold_that_check_may_report_is_documented(hold: HoldReason) -> None:
    assert str(hold) in " ".join(text("docs/configuration.md").split())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in LINK.finditer(document.read_text()):
        target = document.parent / link["target"] if link["target"] else document
        assert target.exists(), link[0]
        if link["heading"]:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert link["heading"] in [heading.lower().replace(" ", "-") for heading in headings], link[0]


@pytest.mark.parametrize("name", ["README", "docs/annotations", "docs/troubleshooting"])
def test_both_languages_show_the_same_commands_and_settings(name: str) -> None:
    english, korean = (code_blocks(text(f"{name}{language}.md")) for language in ("", ".ko"))
    assert english
    assert english == korean


def code_blocks(document: str) -> list[str]:
    """The code of a page, without its comments."""
    return [
        re.sub(r" +# .*", "", block) for block in re.findall(r"^ *```\w+\n(.*?)```", document, re.DOTALL | re.MULTILINE)
    ]


def test_both_languages_explain_the_same_messages() -> None:
    english, korean = (messages_in(text(name)) for name in ("docs/troubleshooting.md", "docs/troubleshooting.ko.md"))
    assert len(english) > 60
    assert english == korean


def messages_in(page: str) -> set[str]:
    """What is quoted in the first column of the tables."""
    return {
        message for cell in re.findall(r"^\| (.+?) \|", page, re.MULTILINE) for message in re.findall(r"`(.+?)`", cell)
    }


LONGEST_LINE = 100


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_short_outside_of_tables_code_and_links(document: Path) -> None:
    prose = re.sub(r"^ *```.*?^ *```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    long = [
        line
        for line in prose.splitlines()
        if len(line) > LONGEST_LINE and not line.lstrip().startswith("|") and not line.startswith("    ")
        if "](" not in line
    ]
    assert long == []


PUNCTUATION = r"[:;,]"
VALUE = re.compile(r"[…\d'/]|^app$")


def messages_in_code() -> str:
    """Every text in the source, one per line, without punctuation; inserted values separate texts."""
    files = (ROOT / "src").rglob("*.py")
    texts = [found for path in files for found in texts_in(compile(path.read_text(), path, "exec"))]
    return re.sub(PUNCTUATION, "", "\n".join(texts))


def texts_in(constant: object) -> Iterator[str]:
    """Yield the texts among the constants of compiled code, which are found much faster than in its syntax tree."""
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, tuple | frozenset):
        for part in constant:
            yield from texts_in(part)
    elif isinstance(constant, CodeType):
        yield from texts_in(constant.co_consts)


def quoted_messages() -> list[str]:
    """The messages that the troubleshooting page explains, without the rows about what `check` prints."""
    tables = text("docs/troubleshooting.md").partition("\n## Events and messages about a workload\n")[2]
    rows = re.findall(r"^\| (`.+?) \|", tables, re.MULTILINE)
    return [message for row in rows for message in re.findall(r"`([^`]+)`", row)]


def missing_pairs(message: str, code: str) -> list[str]:
    """The pairs of words of the message that the code does not contain, if they are more than a third.

    Values that the code inserts account for the others.
    """
    words = re.sub(PUNCTUATION, "", message).split()
    pairs = [" ".join(pair) for pair in pairwise(words) if not any(VALUE.search(word) for word in pair)]
    missing = [pair for pair in pairs if pair not in code]
    return missing if len(missing) * 3 > len(pairs) else []


def test_every_message_that_is_explained_exists() -> None:
    code, messages = messages_in_code(), quoted_messages()
    assert len(messages) > 50
    missing = {message: missing_pairs(message, code) for message in messages}
    assert {message: pairs for message, pairs in missing.items() if pairs} == {}


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|tests|docs|k8s)/[\w./-]*)`", text("docs/architecture.md"))))
)
def test_every_path_in_the_architecture_exists(path: str) -> None:
    assert (ROOT / path).exists()


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


def threat_model(page: str) -> list[tuple[list[str], int, int]]:
    """Of each section, the tests that it names, and the numbers of its rows and points."""
    sections = re.split(r"(?m)^## ", text(page))[1:]
    return [
        ([each[0] for each in NAMED_TEST.finditer(section)], section.count("\n| "), section.count("\n- "))
        for section in sections
    ]


def test_the_korean_threat_model_has_the_same_sections_threats_and_tests() -> None:
    assert threat_model("docs/security.ko.md") == threat_model("docs/security.md")


@pytest.mark.parametrize("page", ["docs/security.md", "docs/security.ko.md"])
def test_every_control_has_a_test(page: str) -> None:
    tables = re.findall(r"(?m)^\|(?:[^|\n]*\|)* (?:Test|테스트) \|\n\|[-|]+\n((?:\|.*\n)+)", text(page))
    assert len(tables) == 7
    untested = [
        row for table in tables for row in table.splitlines() if NAMED_TEST.search(row.split(" | ")[-1]) is None
    ]
    assert untested == []


PAGES = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if names_in(page)])
def test_the_generated_parts_of_a_page_are_as_the_code_makes_them(name: str) -> None:
    assert PAGES[name] == written(PAGES[name]), "run: uv run just docs"


def test_every_generated_part_is_in_one_page() -> None:
    assert sorted(name for page in PAGES.values() for name in names_in(page)) == sorted(PARTS), (
        "for a new command, add a section to docs/commands.md as the others have it, and run: uv run just docs"
    )


def test_every_page_is_in_the_navigation_of_the_site_once() -> None:
    navigation = text("mkdocs.yml").partition("\nnav:\n")[2]
    pages = re.findall(r": ([\w.-]+\.md)$", navigation, re.MULTILINE)
    of_the_top = {"index.md", "index.ko.md", "changelog.md"}
    assert sorted(pages) == sorted(PAGES.keys() | of_the_top), "add the page to `nav` in mkdocs.yml"


CHART_IS_OLD = (
    "the variables have changed: run `uv run just chart`, which writes charts/watch-cluster/values.schema.json."
    " A variable that has no place in a Pod is a row of NOT_IN_A_POD in tests/helm/values_schema.py"
)


@pytest.mark.parametrize("section", ["settings", "secrets"])
def test_the_chart_has_every_variable_with_its_type_and_limits(section: str) -> None:
    assert values_schema.written()["properties"][section] == values_schema.sections()[section], CHART_IS_OLD


def test_every_variable_has_one_place_in_the_chart() -> None:
    offered = [name for section in values_schema.sections().values() for name in section["properties"]]
    elsewhere = [*values_schema.SET_BY_THE_CHART, *values_schema.NOT_IN_A_POD]
    assert sorted(offered + elsewhere) == sorted(Settings.variables()), CHART_IS_OLD
