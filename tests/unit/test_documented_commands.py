"""Every `watch-cluster` command that the documents show exists, with its options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.generate.commands import commands, help_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(
    r"(?:^|[|;&(] *|-- |run (?:--no-dev )?)(?:[A-Z_]+=\S+ )*watch-cluster (?P<words>[a-z-][^|;&>)\n]*)", re.MULTILINE
)


def shown() -> list[tuple[str, str]]:
    return [
        (path.name, match["words"].strip())
        for path in PAGES
        for block in BLOCK.findall(path.read_text())
        for match in COMMAND.finditer(block.replace("\\\n", " "))
    ]


def test_the_documents_show_commands() -> None:
    assert len(shown()) > 30


@pytest.mark.parametrize(("page", "words"), sorted(set(shown())))
def test_the_command_exists_with_its_options(page: str, words: str) -> None:
    name, _, rest = words.partition(" ")
    assert name in commands() or name == "--version", page
    options = {option.partition("=")[0] for option in re.findall(r"(?<=\s)--[\w-]+=?", f" {rest}")}
    assert options <= set(re.findall(r"--[\w-]+", help_of(name))), page
