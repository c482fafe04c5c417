"""Makes the site of pages outside of docs/, too, and of links to files that have no page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = {"README.md": "index.md", "README.ko.md": "index.ko.md", "CHANGELOG.md": "changelog.md"}
"""The files at the top that are pages of the site."""
_LINK: Final = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)#:\s]+)(?P<heading>#[^)\s]+)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages at the top."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links to pages of the site, and show the path of a file that is none."""
    at_the_top = page.file.src_uri in PAGES.values()
    folder = ROOT if at_the_top else ROOT / "docs"

    def link(found: re.Match[str]) -> str:
        path = (folder / found["target"]).resolve()
        heading = found["heading"] or ""
        if path.parent == ROOT and path.name in PAGES:
            return f"[{found['text']}]({PAGES[path.name]}{heading})"
        if path.parent == ROOT / "docs":
            return f"[{found['text']}]({path.name}{heading})"
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
        text = found["text"].strip("`")
        return f"`{shown}`" if text.endswith(path.name) else f"{found['text']} (`{shown}`)"

    return _LINK.sub(link, markdown)
