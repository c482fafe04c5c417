"""The recording of the demo shows the demo as it is, and loads nothing from another host."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from tests.generate.recording import RECORDING, WIDTH
from watch_cluster.entrypoints.demo import story


def lines() -> list[str]:
    """The lines that the picture shows."""
    found = re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>(.*?)</text>', RECORDING.read_text())
    shown: dict[str, str] = {}
    for place, text in found:
        shown[place] = shown.get(place, "") + unescape(text).replace("\xa0", " ")
    return list(shown.values())


def test_the_recording_fits_eighty_columns_and_forty_lines() -> None:
    assert max(len(line) for line in lines()) <= WIDTH
    assert 20 < len(lines()) <= 40


def test_the_recording_follows_its_source() -> None:
    source = " ".join(Path(story.__file__).read_text().split())
    headings = [line.strip() for line in lines() if line.startswith(("An update:", "A digest change:", "A failure:"))]
    assert len(headings) == 3
    assert all(heading.rstrip(".")[:40] in source for heading in headings), "run: uv run just recording"


def test_the_picture_loads_nothing() -> None:
    assert "@import" not in RECORDING.read_text()
    assert "url(http" not in RECORDING.read_text()
    assert "<script" not in RECORDING.read_text()
