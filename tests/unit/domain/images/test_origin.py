"""What labels may say about where an image comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.origin import LONGEST_LINK, ImageOrigin

NAMES = ("source", "url", "documentation", "revision", "version")


def test_links_and_words_are_read() -> None:
    origin = ImageOrigin.of(
        {
            "source": "https://github.com/team/shop",
            "url": "https://shop.example",
            "documentation": "https://docs.shop.example/1.1/",
            "revision": "8f2c1e0a9d3b",
            "version": "1.1.0",
        }
    )
    assert str(origin) == (
        "release notes https://github.com/team/shop/releases, source https://github.com/team/shop,"
        " revision 8f2c1e0a9d3b, version 1.1.0, website https://shop.example,"
        " documentation https://docs.shop.example/1.1/"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("https://github.com/a/b.git#main:1.0/alpine", "https://github.com/a/b", id="as Docker's images"),
        pytest.param("https://shop.example/a?token=abc", "https://shop.example/a", id="a query may hold a secret"),
        pytest.param(" https://shop.example:8443/x \n", "https://shop.example:8443/x", id="blanks around it"),
        pytest.param("http://shop.example", None, id="not https"),
        pytest.param("javascript:alert(1)", None, id="a script"),
        pytest.param("https://user:secret@shop.example/", None, id="credentials"),
        pytest.param("https://github.com@evil.example/", None, id="another host in disguise"),
        pytest.param("https://169.254.169.254/latest", None, id="an address"),
        pytest.param("https://localhost/", None, id="no name of the network"),
        pytest.param("https://[::1]/", None, id="an address of version 6"),
        pytest.param("https://g\u0456thub.com/", None, id="a letter that looks like another"),
        pytest.param("https://shop.example/\u202egpj.exe", None, id="text that runs backwards"),
        pytest.param("https://shop.example/a\r\nX-Header: 1", None, id="another line"),
        pytest.param("https://shop.example/a b", None, id="a blank"),
        pytest.param("https://shop.example/](https://evil.example)", None, id="Markdown"),
        pytest.param("https://shop.example/`a`", None, id="a code span"),
        pytest.param("https://shop.example/<!channel>", None, id="a mention"),
        pytest.param("https://shop.example/" + "a" * LONGEST_LINK, None, id="too long"),
        pytest.param("git@github.com:team/shop", None, id="another scheme"),
        pytest.param(1, None, id="a number"),
        pytest.param({"a": 1}, None, id="an object"),
    ],
)
def test_only_safe_links_are_shown(written: object, read: str | None) -> None:
    assert ImageOrigin.of({"source": written}).source == read


@pytest.mark.parametrize("word", ["a b", "", "1" * 65, "a\n", "\u0661", "<!here>", None, 1])
def test_only_single_words_are_shown(word: object) -> None:
    assert not ImageOrigin.of({"revision": word, "version": word})


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("https://github.com/team/shop", "https://github.com/team/shop/releases"),
        ("https://gitlab.com/team/shop/", "https://gitlab.com/team/shop/-/releases"),
        ("https://gitlab.com/group/team/shop", "https://gitlab.com/group/team/shop/-/releases"),
        ("https://gitlab.com/team/shop/-/tree/main", None),
        ("https://github.com/team/shop/tree/main", None),
        ("https://github.com/team", None),
        ("https://git.example/team/shop", None),
    ],
)
def test_the_releases_of_known_forges_are_named(source: str, page: str | None) -> None:
    assert ImageOrigin.of({"source": source}).release_notes == page


@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.text(), st.integers(), st.none())))
def test_whatever_labels_say_it_is_one_printable_line_and_stays_the_same_on_record(labels: dict[str, object]) -> None:
    origin = ImageOrigin.of(labels)
    assert str(origin).isprintable()
    assert ImageOrigin.of(origin.written()) == origin


@given(st.from_regex(r"https://[a-z]{1,9}\.[a-z]{2,5}/[a-z./#?@:]{0,30}(\.git){0,3}", fullmatch=True))
def test_a_link_that_was_read_is_read_again_as_it_is(link: str) -> None:
    origin = ImageOrigin.of({"source": link})
    assert ImageOrigin.of(origin.written()) == origin
