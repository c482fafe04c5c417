from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.mirror import InvalidMirror, Mirror
from watch_cluster.domain.images.reference import Repository

NGINX = Repository("docker.io", "library/nginx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("docker.io=mirror.example", Repository("mirror.example", "library/nginx"), id="a host"),
        pytest.param("docker.io=m.example:5000", Repository("m.example:5000", "library/nginx"), id="a port"),
        pytest.param("docker.io=m.example/hub/a", Repository("m.example", "hub/a/library/nginx"), id="a path"),
        pytest.param("docker.io=localhost", Repository("localhost", "library/nginx"), id="localhost"),
        pytest.param("docker.io=[::1]:5000", Repository("[::1]:5000", "library/nginx"), id="an IPv6 address"),
        pytest.param("index.docker.io=m.example", Repository("m.example", "library/nginx"), id="Docker Hub's alias"),
        pytest.param("Docker.io=m.example", Repository("m.example", "library/nginx"), id="upper case"),
        pytest.param("ghcr.io=m.example", None, id="another registry"),
        pytest.param("a.io=m.example", None, id="another registry, which comes before as text"),
        pytest.param("docker.io:443=m.example", None, id="another port"),
    ],
)
def test_rewrites_repositories_of_the_mirrored_registry(text: str, expected: Repository | None) -> None:
    assert Mirror.parse(text).rewrite(NGINX) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("docker.io", id="no mirror"),
        pytest.param("=m.example", id="no registry"),
        pytest.param("docker.io=", id="an empty mirror"),
        pytest.param("docker.io=https://m.example", id="a scheme"),
        pytest.param("docker.io=mirror", id="a host that looks like a path"),
        pytest.param("docker.io=m.example/", id="an empty path"),
        pytest.param("docker.io=m.example/Path", id="a path in upper case"),
        pytest.param("docker.io=me:pw@m.example", id="a login"),
        pytest.param("docker.io=m.example:99999", id="a port that is none"),
        pytest.param("docker.io/library=m.example", id="a path of a registry"),
        pytest.param("library=m.example", id="a registry that looks like a path"),
        pytest.param("docker.io=1", id="a host that looks like a path of digits"),
        pytest.param("docker.io=m.example=n.example", id="two mirrors"),
    ],
)
def test_rejects_an_invalid_mirror_and_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidMirror, match="is not a mirror: write REGISTRY=HOST or REGISTRY=HOST/PATH") as caught:
        Mirror.parse(text)
    assert str(caught.value).startswith(repr(text))


@given(
    st.sampled_from(["ghcr.io", "docker.io", "a.example:5000"]),
    st.sampled_from(["m.example", "localhost:5000", "[::1]", "docker.io"]),
    st.sampled_from(["", "/a", "/a-b/c_d", "/a/b"]),
)
def test_parsing_inverts_formatting(registry: str, host: str, path: str) -> None:
    assert str(Mirror.parse(f"{registry}={host}{path}")) == f"{registry}={host}{path}"
