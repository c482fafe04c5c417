"""What is not to be tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.quarantine import MOST_ENTRIES, Quarantine, entry_for

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def image(text: str) -> ImageReference:
    return ImageReference.parse(text)


@pytest.mark.parametrize("text", ["", "shop:1.0.1", f"shop:1.0.1,registry.example:5000/team/shop@{ONE}"])
def test_it_reads_back_as_it_was_written(text: str) -> None:
    assert str(Quarantine.parse(text)) == text
    assert bool(Quarantine.parse(text)) is bool(text)


@pytest.mark.parametrize("text", ["shop", "shop:1.0.1,shop", "a b", "shop:1.0.1,:"])
def test_an_entry_that_names_nothing_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Quarantine.parse(text)


@given(st.text())
def test_any_text_is_a_quarantine_or_the_declared_error(text: str) -> None:
    try:
        entries = Quarantine.parse(text).entries
    except ValueError:
        return
    assert all(Quarantine(entries).contains(each) for each in entries)


@pytest.mark.parametrize(
    ("entry", "candidate", "held"),
    [
        pytest.param("shop:1.2", "shop:1.2", True, id="the tag"),
        pytest.param("shop:1.2", f"shop:1.2@{ONE}", True, id="the tag with any digest"),
        pytest.param("docker.io/library/shop:1.2", "shop:1.2", True, id="the same repository"),
        pytest.param("shop:1.2", "shop:1.3", False, id="another tag"),
        pytest.param("shop:1.2", "shopping:1.2", False, id="another repository"),
        pytest.param(f"shop@{ONE}", f"shop:latest@{ONE}", True, id="the digest under any tag"),
        pytest.param(f"shop@{ONE}", f"shop:latest@{TWO}", False, id="another digest of the same tag"),
        pytest.param(f"shop@{ONE}", "shop:latest", False, id="a digest that is not known"),
    ],
)
def test_an_image_is_held_by(entry: str, candidate: str, *, held: bool) -> None:
    assert Quarantine.parse(entry).contains(image(candidate)) is held


def test_each_image_is_loaded_once_and_removed_by_name() -> None:
    quarantine = Quarantine().with_images((image("shop:1"), image("shop:2"), image("docker.io/library/shop:1")))
    assert str(quarantine) == "shop:1,shop:2"
    assert str(quarantine.without(image("docker.io/library/shop:1"))) == "shop:2"


def test_remembers_the_latest_of_very_many() -> None:
    quarantine = Quarantine().with_images(image(f"shop:{number}") for number in range(MOST_ENTRIES + 5))
    assert len(quarantine.entries) == MOST_ENTRIES
    assert not quarantine.contains(image("shop:4"))
    assert quarantine.contains(image(f"shop:{MOST_ENTRIES + 4}"))


@pytest.mark.parametrize(
    ("before", "after", "digest", "entry"),
    [
        pytest.param("shop:1", "shop:2", None, "shop:2", id="another tag"),
        pytest.param(f"shop:1@{ONE}", f"shop:2@{TWO}", None, "shop:2", id="another tag, pinned"),
        pytest.param("shop:edge", f"shop:edge@{TWO}", None, f"shop@{TWO}", id="the tag that stayed"),
        pytest.param("shop:edge", "shop:edge", TWO, f"shop@{TWO}", id="the tag that stayed unpinned"),
    ],
)
def test_the_entry_for(before: str, after: str, digest: str | None, entry: str) -> None:
    assert str(entry_for(before, after, digest)) == entry
