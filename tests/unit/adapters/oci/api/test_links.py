from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.oci.api.links import UnreadableLink, next_query


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([], None, id="no header"),
        pytest.param(['</v2/app/tags/list?n=2&last=b>; rel="next"'], "n=2&last=b", id="relative"),
        pytest.param(['<https://evil.test/x?last=b>; rel="next"'], "last=b", id="absolute, and only the query counts"),
        pytest.param(["<?last=b>; rel=next"], "last=b", id="a query alone, without quotes"),
        pytest.param(['<x?last=b>;REL="Next"'], "last=b", id="any case"),
        pytest.param(['<x?last=b>; title="t"; rel="last next"'], "last=b", id="several relations"),
        pytest.param(['<x?a=1>; rel="prev", <x?b=2>; rel="next"'], "b=2", id="two links in one header"),
        pytest.param(['<x?a=1>; rel="prev"', '<x?b=2>; rel="next"'], "b=2", id="two headers"),
        pytest.param(['<x?a=1#part>; rel="next"'], "a=1", id="a fragment"),
        pytest.param(['<x?last=a%2Fb%3D>; rel="next"'], "last=a%2Fb%3D", id="an encoded cursor stays as it is"),
        pytest.param(['<x?a=1>; rel="prev"'], None, id="another relation"),
        pytest.param(['<x?a=1>; rel="nextish"'], None, id="a relation that looks alike"),
        pytest.param(["<x?a=1>"], "a=1", id="no relation"),
        pytest.param(['/v2/app/tags/list?last=1.0; rel="next"'], "last=1.0", id="no brackets"),
        pytest.param(["/v2/app/tags/list?last=1.0"], "last=1.0", id="neither brackets nor relation"),
        pytest.param(['<x?a=1,2>; rel="next"'], "a=1,2", id="a comma in the target"),
        pytest.param(['<x>; title="a, b; rel=next"; rel="prev"'], None, id="a comma in a quoted text"),
        pytest.param([f'<x?{"a" * 16_000}>; rel="next"'], "a" * 16_000, id="a long cursor"),
        pytest.param(["<https://docs.test/>"], None, id="neither relation nor query"),
        pytest.param(["</style.css?v=1>; rel=preload"], None, id="what a page needs"),
    ],
)
def test_only_the_query_of_the_next_link_is_taken(headers: list[str], expected: str | None) -> None:
    assert next_query(headers) == expected


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('<x>; rel="next"', id="no query"),
        pytest.param('<x?a=1; rel="next"', id="not closed"),
        pytest.param('<x?a=é>; rel="next"', id="letters beyond ASCII"),
        pytest.param('<x?a=1 2>; rel="next"', id="a blank"),
        pytest.param(f'<x?{"a" * 20_000}>; rel="next"', id="too long"),
    ],
)
def test_a_next_link_that_cannot_be_read_is_an_error_and_not_the_end(header: str) -> None:
    with pytest.raises(UnreadableLink):
        next_query([header])


@given(st.lists(st.text(st.sampled_from('<>?#;rel="next",= ') | st.characters()), max_size=3))
def test_no_text_makes_the_parser_fail(headers: list[str]) -> None:
    with suppress(UnreadableLink):
        next_query(headers)


@given(st.text(st.characters(codec="latin-1"), max_size=50))
def test_every_accepted_link_stays_on_its_host(query: str) -> None:
    with suppress(UnreadableLink):
        taken = next_query([f'<x?{query}>; rel="next"'])
        assert taken is not None
        assert httpx.URL("https://r.test/v2/app/tags/list").copy_with(query=taken.encode()).host == "r.test"
