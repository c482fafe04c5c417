"""What all fuzz tests share: how long they go on, and how a good document becomes a bad one."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Input = TypeVar("Input")
Fuzz = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]

_EXAMPLES: Final = 150
_IN_ONE_GO: Final = 1000

SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**31, -1, 2**63, 10**400, 1e308, -0.0, 0.1])
    | st.text(max_size=20)
    | st.sampled_from(["", "\0", "\ud800", "true", "null", "0", "sha256:", "\u202e", "é" * 300, "9" * 5000, "[" * 200])
)
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def fuzz_for(seconds: float) -> Fuzz:
    """Make the function that checks inputs of a strategy for so long; without time it checks the same few always."""

    def fuzz(inputs: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
        examples = _IN_ONE_GO if seconds else _EXAMPLES
        seen = 0

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not seconds,
            suppress_health_check=list(HealthCheck),
        )
        @given(inputs)
        def run(found: Any) -> None:
            nonlocal seen
            seen += 1
            check(found)

        end = time.monotonic() + seconds
        run()
        while time.monotonic() < end:
            run()
        print(f"{seen} inputs")  # noqa: T201 - shown with -s, and when something was found

    return fuzz


@st.composite
def spoilt(draw: st.DrawFn, document: Any, others: st.SearchStrategy[Any] = VALUES) -> Any:
    """The document with some of its parts replaced, removed or doubled, however deep they lie."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        places = [place for place in _places(result, ()) if place]
        if not places:
            return draw(others)
        _spoil(draw, result, draw(st.sampled_from(places)), others)
    return result


def _places(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, each in value.items():
            found += _places(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += _places(each, (*path, index))
    return found


def _spoil(draw: st.DrawFn, document: Any, path: tuple[Any, ...], others: st.SearchStrategy[Any]) -> None:
    *way, last = path
    parent = document
    for step in way:
        parent = parent[step]
    how = draw(st.sampled_from(("replace", "remove", "double")))
    if how == "replace":
        parent[last] = draw(others)
    elif how == "remove":
        del parent[last]
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[last]))
    else:
        parent[draw(st.text(max_size=12))] = copy.deepcopy(parent[last])


@pytest.fixture
def fuzz(pytestconfig: pytest.Config) -> Fuzz:
    """Check inputs for as long as the option says."""
    return fuzz_for(pytestconfig.getoption("--fuzz-seconds"))
