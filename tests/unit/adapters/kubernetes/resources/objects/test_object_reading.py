"""An error in one object is an error of that object alone."""

from __future__ import annotations

import msgspec
import pytest

from watch_cluster.adapters.kubernetes.resources.objects.collection import UnreadableObject
from watch_cluster.adapters.kubernetes.resources.objects.metadata import ObjectMetadata
from watch_cluster.adapters.kubernetes.resources.objects.object_reading import reading

HEAD = ObjectMetadata("shop", "team", "u1", "7")


@pytest.mark.parametrize(
    "error", [msgspec.DecodeError("odd"), ValueError("odd"), OverflowError("odd"), RecursionError("odd")]
)
def test_an_unexpected_value_leaves_the_object_out(error: Exception) -> None:
    with pytest.raises(UnreadableObject, match=r"^odd$") as caught, reading("shop", HEAD):
        raise error
    assert (caught.value.key, caught.value.metadata, caught.value.defect) == ("shop", HEAD, None)


@pytest.mark.parametrize("error", [TypeError("a\nb"), KeyError("a b"), AttributeError("a b"), AssertionError("a b")])
def test_a_defect_leaves_the_object_out_and_is_known_as_one(error: Exception) -> None:
    with pytest.raises(UnreadableObject, match=f"^{type(error).__name__}: '?a b'?$") as caught, reading("shop", HEAD):
        raise error
    assert caught.value.defect is error
