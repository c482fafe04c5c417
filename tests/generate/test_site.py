"""The site has every page of the documents, each in one place."""

from __future__ import annotations

import re

from tests.generate.pages import DOCS


def test_every_page_is_in_the_navigation_once() -> None:
    navigation = (DOCS.parent / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    pages = re.findall(r": ([\w.-]+\.md)$", navigation, re.MULTILINE)
    of_the_top = {"index.md", "index.ko.md", "changelog.md"}
    assert sorted(pages) == sorted({path.name for path in DOCS.glob("*.md")} | of_the_top), "add the page to mkdocs.yml"
