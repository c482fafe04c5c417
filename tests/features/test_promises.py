"""The page of what holds on which orchestrator says what the tests run."""

from __future__ import annotations

from tests.features.promises import PAGE, page


def test_the_page_of_orchestrators_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.features.promises"
