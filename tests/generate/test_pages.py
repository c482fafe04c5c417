"""The generated parts of the documents are as the code makes them."""

from __future__ import annotations

import pytest

from tests.generate.pages import DOCS, PARTS, names_in, written

PAGES = {path.name: path.read_text() for path in sorted(DOCS.glob("*.md"))}


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if names_in(page)])
def test_the_generated_parts_are_as_the_code_makes_them(name: str) -> None:
    assert PAGES[name] == written(PAGES[name]), "run: uv run just docs"


def test_every_part_is_in_one_page() -> None:
    assert sorted(name for page in PAGES.values() for name in names_in(page)) == sorted(PARTS)
