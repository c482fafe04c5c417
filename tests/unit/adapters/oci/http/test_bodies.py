"""How much memory a body of a registry takes when it is decoded, whatever is written in it."""

from __future__ import annotations

import json
import tracemalloc
from typing import Final

import httpx
import msgspec
import pytest

from watch_cluster.adapters.oci.http.bodies import Configuration, ImageConfig, Manifest, read_body
from watch_cluster.adapters.oci.http.errors import RequestError
from watch_cluster.adapters.oci.http.request import Response

DIGEST = f"sha256:{'0' * 64}"
DEEP: Final[list[object]] = [[]] * 300_000
"""A megabyte as JSON, and twenty as Python objects."""


def response(body: object) -> Response:
    return Response(httpx.URL("https://registry.test"), 200, httpx.Headers(), json.dumps(body).encode())


@pytest.mark.parametrize("field", ["os", "architecture", "variant"])
def test_a_platform_with_a_name_that_nothing_has_is_refused(field: str) -> None:
    platform = {"os": "linux", "architecture": "amd64", field: "x" * 65}
    with pytest.raises(RequestError, match="not the registry protocol's JSON"):
        read_body(response(platform), ImageConfig)
    with pytest.raises(RequestError, match="not the registry protocol's JSON"):
        read_body(response({"manifests": [{"digest": DIGEST, "platform": platform}]}), Manifest)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param({"manifests": [{"digest": DIGEST, "annotations": {"a": DEEP}}]}, Manifest, id="other annotations"),
        pytest.param(
            {"manifests": [{"digest": DIGEST, "annotations": {"vnd.docker.reference.type": DEEP}}]},
            Manifest,
            id="the annotation that is read",
        ),
        pytest.param({"created": DEEP}, Configuration, id="a date"),
    ],
)
def test_what_is_not_needed_of_a_body_is_not_decoded(body: object, kind: type[msgspec.Struct]) -> None:
    received = response(body)
    tracemalloc.start()
    try:
        read_body(received, kind)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()
