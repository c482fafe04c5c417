from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference, Repository, is_digest

SHA256 = "sha256:" + "0123456789abcdef" * 4
SHA512 = "sha512:" + "0123456789abcdef" * 8


@pytest.mark.parametrize(
    ("text", "registry", "path", "tag", "digest"),
    [
        pytest.param("nginx", "docker.io", "library/nginx", None, None, id="a bare name"),
        pytest.param("nginx:1.25", "docker.io", "library/nginx", "1.25", None, id="a name with a tag"),
        pytest.param("bitnami/nginx:1", "docker.io", "bitnami/nginx", "1", None, id="a user on Docker Hub"),
        pytest.param("docker.io/nginx", "docker.io", "library/nginx", None, None, id="Docker Hub written out"),
        pytest.param("docker.io/library/nginx", "docker.io", "library/nginx", None, None, id="all written out"),
        pytest.param("index.docker.io/nginx:1", "docker.io", "library/nginx", "1", None, id="Docker Hub's old name"),
        pytest.param("index.docker.io/a/b", "docker.io", "a/b", None, None, id="Docker Hub's old name and a user"),
        pytest.param("ghcr.io/owner/app:v1", "ghcr.io", "owner/app", "v1", None, id="another registry"),
        pytest.param("quay.io/app", "quay.io", "app", None, None, id="library/ is for Docker Hub only"),
        pytest.param("test.com:5000", "docker.io", "library/test.com", "5000", None, id="no slash, so a tag"),
        pytest.param("test.com/5000", "test.com", "5000", None, None, id="digits as a path"),
        pytest.param("test:5000/app", "test:5000", "app", None, None, id="a port makes a registry"),
        pytest.param("test:5000/app:2", "test:5000", "app", "2", None, id="a port and a tag"),
        pytest.param("test:65535/app", "test:65535", "app", None, None, id="the largest port"),
        pytest.param("test:1/app", "test:1", "app", None, None, id="the smallest port"),
        pytest.param("l." * 126 + "l/app", "l." * 126 + "l", "app", None, None, id="the longest host"),
        pytest.param("localhost/app", "localhost", "app", None, None, id="localhost is a registry"),
        pytest.param("localhost:5000/app", "localhost:5000", "app", None, None, id="localhost with a port"),
        pytest.param("localhost", "docker.io", "library/localhost", None, None, id="localhost without a slash"),
        pytest.param("localhosts/app", "docker.io", "localhosts/app", None, None, id="a user that looks alike"),
        pytest.param("REG/app", "REG", "app", None, None, id="an uppercase letter makes a registry"),
        pytest.param("10.0.0.1:5000/a/b", "10.0.0.1:5000", "a/b", None, None, id="an address"),
        pytest.param("[::1]:5000/app:1", "[::1]:5000", "app", "1", None, id="an IPv6 address with a port"),
        pytest.param("[2001:db8::7]/app", "[2001:db8::7]", "app", None, None, id="an IPv6 address"),
        pytest.param("r.io/a/b/c/d/e", "r.io", "a/b/c/d/e", None, None, id="a deep path"),
        pytest.param("r.io/a__b/c.d/e_f/g--h", "r.io", "a__b/c.d/e_f/g--h", None, None, id="all separators"),
        pytest.param("xn--7o8h.com/app", "xn--7o8h.com", "app", None, None, id="an internationalized host"),
        pytest.param("app:_1", "docker.io", "library/app", "_1", None, id="a tag that begins with an underscore"),
        pytest.param("app:V1.0-RC.1_x", "docker.io", "library/app", "V1.0-RC.1_x", None, id="all kinds of tag letters"),
        pytest.param("app:" + "t" * 128, "docker.io", "library/app", "t" * 128, None, id="the longest tag"),
        pytest.param("r.io/" + "p" * 255, "r.io", "p" * 255, None, None, id="the longest path"),
        pytest.param("r.io/" + "a" * 64, "r.io", "a" * 64, None, None, id="an id's form below a registry"),
        pytest.param(f"app@{SHA256}", "docker.io", "library/app", None, SHA256, id="a digest"),
        pytest.param(f"app:1@{SHA256}", "docker.io", "library/app", "1", SHA256, id="a tag and a digest"),
        pytest.param("registry-1.docker.io/a/b", "registry-1.docker.io", "a/b", None, None, id="Docker Hub's API"),
        pytest.param("a/b/c:1", "docker.io", "a/b/c", "1", None, id="three segments on Docker Hub"),
        pytest.param("docker.io/a/b:1", "docker.io", "a/b", "1", None, id="a user, with Docker Hub written out"),
        pytest.param("r.io:443/app", "r.io:443", "app", None, None, id="a port that is usual is kept"),
        pytest.param("sub.r-x.io/app", "sub.r-x.io", "app", None, None, id="a dash in a host"),
        pytest.param("r.io/1/2:3", "r.io", "1/2", "3", None, id="digits everywhere"),
        pytest.param("app:latest", "docker.io", "library/app", "latest", None, id="latest, written out"),
        pytest.param(f"{'b' * 63}/app", "docker.io", f"{'b' * 63}/app", None, None, id="a long user is no registry"),
        pytest.param("a" * 64 + ":1", "docker.io", "library/" + "a" * 64, "1", None, id="an id's form with a tag"),
        pytest.param("p" * 247, "docker.io", "library/" + "p" * 247, None, None, id="the longest short name"),
        pytest.param("f" * 63, "docker.io", "library/" + "f" * 63, None, None, id="a digit less than an id"),
        pytest.param("f" * 65, "docker.io", "library/" + "f" * 65, None, None, id="a digit more than an id"),
        pytest.param("Docker.io/a", "Docker.io", "a", None, None, id="Docker Hub in uppercase is another registry"),
        pytest.param("test.com:5000/a:5000", "test.com:5000", "a", "5000", None, id="a port and a tag that look alike"),
        pytest.param(f"r:5/a:1@{SHA512}", "r:5", "a", "1", SHA512, id="everything, with sha512"),
    ],
)
def test_parses_a_reference_and_formats_it_unchanged(
    text: str, registry: str, path: str, tag: str | None, digest: str | None
) -> None:
    image = ImageReference.parse(text)
    assert image.repository == Repository(registry, path)
    assert (image.tag, image.digest) == (tag, digest)
    assert str(image) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "has no name", id="nothing"),
        pytest.param(":1", "has no name", id="a tag alone"),
        pytest.param(f"@{SHA256}", "has no name", id="a digest alone"),
        pytest.param(" nginx", "the path ' nginx'", id="a blank in front"),
        pytest.param("nginx\n", r"the path 'nginx\\n'", id="a newline behind the name"),
        pytest.param("nginx:1\n", r"the tag '1\\n'", id="a newline behind the tag"),
        pytest.param(f"nginx@{SHA256}\n", "the digest", id="a newline behind the digest"),
        pytest.param("Nginx", "the path 'Nginx'", id="an uppercase name"),
        pytest.param("r.io/App", "the path 'App'", id="an uppercase path"),
        pytest.param("caffé/x", "the path 'caffé/x'", id="letters beyond ASCII"),
        pytest.param("app:é", "the tag 'é'", id="a tag beyond ASCII"),
        pytest.param("app:\uff11", "the tag '\uff11'", id="digits beyond ASCII"),
        pytest.param("a//b", "the path 'a//b'", id="an empty segment"),
        pytest.param("r.io/", "the path ''", id="a registry alone"),
        pytest.param("/a", "the path '/a'", id="a slash in front"),
        pytest.param("a/", "the path 'a/'", id="a slash behind"),
        pytest.param("a___b", "the path", id="three underscores"),
        pytest.param("a..b", "the path", id="two dots"),
        pytest.param("r.io/../b", "the path '../b'", id="a way up"),
        pytest.param("-a", "the path", id="a separator in front"),
        pytest.param("a:", "the tag ''", id="an empty tag"),
        pytest.param("a:.1", "the tag '.1'", id="a tag that begins with a dot"),
        pytest.param("a:-1", "the tag '-1'", id="a tag that begins with a dash"),
        pytest.param("a:" + "t" * 129, "the tag", id="a tag that is too long"),
        pytest.param("a:b:c", "the tag 'b:c'", id="two tags"),
        pytest.param("a:1+2", "the tag '1\\+2'", id="a plus in a tag"),
        pytest.param("a@", "the digest ''", id="an empty digest"),
        pytest.param("a@sha256:abc", "the digest 'sha256:abc'", id="a short digest"),
        pytest.param("a@" + SHA256.upper(), "the digest", id="an uppercase digest"),
        pytest.param("a@md5:" + "0" * 32, "the digest", id="an unknown digest"),
        pytest.param(f"a@{SHA256}@{SHA256}", "the digest", id="two digests"),
        pytest.param("https://ghcr.io/a", "the registry 'https:'", id="a scheme"),
        pytest.param("r.io/a:1/b", "the path 'a:1/b'", id="a tag in the middle"),
        pytest.param("app:1 ", "the tag '1 '", id="a blank behind"),
        pytest.param("user@r.io/a", "the digest 'r.io/a'", id="a user"),
        pytest.param("r.io:0/a", "the registry 'r.io:0'", id="port zero"),
        pytest.param("r.io:65536/a", "the registry", id="a port that is too large"),
        pytest.param("r.io:/a", "the registry", id="an empty port"),
        pytest.param("::1/a", "the registry '::1'", id="IPv6 without brackets"),
        pytest.param("[::1::2]/a", "the registry", id="an address that is none"),
        pytest.param(".io/a", "the registry", id="an empty label"),
        pytest.param("a_b.io/a", "the registry", id="an underscore in a host"),
        pytest.param("l" * 64 + ".io/a", "the registry", id="a label that is too long"),
        pytest.param("l." * 126 + "ll/a", "the registry", id="a host that is too long"),
        pytest.param("a" * 64, "is an image ID", id="an image's id"),
        pytest.param("r.io/" + "p" * 256, "at most 255", id="a path that is too long"),
        pytest.param("p" * 248, "a path of 256 characters", id="a short name that is too long with library/"),
        pytest.param("[::1/a", "the registry '\\[::1'", id="a bracket that is left open"),
        pytest.param("[10.0.0.1]/a", "the registry", id="an IPv4 address in brackets"),
        pytest.param("[fe80::1%eth0]/a", "the registry", id="an IPv6 address with a zone"),
        pytest.param("r.io\n/a", "the registry", id="a newline behind the registry"),
        pytest.param("r.io:8\uff10/a", "the registry", id="a port beyond ASCII"),
        pytest.param(f"a@{SHA512[:-1]}", "the digest", id="a sha512 digest that is too short"),
        pytest.param("a@sha512:" + SHA256[7:], "the digest", id="the digits of another kind of digest"),
        pytest.param("a" * 1024, "a path of 1032 characters", id="the longest text"),
        pytest.param(
            "a" * 1025, f"image '{'a' * 60}'… has 1025 characters: at most 1024", id="a text that is too long"
        ),
    ],
)
def test_rejects_an_invalid_reference_in_one_line_that_quotes_it(text: str, complaint: str) -> None:
    with pytest.raises(InvalidImageReference, match=complaint) as caught:
        ImageReference.parse(text)
    message = str(caught.value)
    assert repr(text[:20])[:-1] in message
    assert message.splitlines() == [message]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        pytest.param("nginx", "latest", id="neither tag nor digest"),
        pytest.param("nginx:1", "1", id="a tag"),
        pytest.param(f"nginx@{SHA256}", None, id="a digest alone"),
        pytest.param(f"nginx:1@{SHA256}", "1", id="both"),
    ],
)
def test_the_effective_tag_is_the_one_that_is_pulled(text: str, tag: str | None) -> None:
    assert ImageReference.parse(text).effective_tag == tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("nginx", "nginx:2", id="a bare name stays short"),
        pytest.param("nginx:1", "nginx:2", id="a tag is replaced"),
        pytest.param("index.docker.io/nginx:1", "index.docker.io/nginx:2", id="what was written stays"),
        pytest.param("r:5000/nginx", "r:5000/nginx:2", id="a port stays"),
    ],
)
def test_with_tag_changes_only_the_tag(text: str, expected: str) -> None:
    assert str(ImageReference.parse(text).with_tag("2")) == expected


def test_with_tag_rejects_a_reference_with_a_digest() -> None:
    with pytest.raises(InvalidImageReference, match="has a digest"):
        ImageReference.parse(f"nginx:1@{SHA256}").with_tag("2")


def test_with_tag_rejects_an_invalid_tag() -> None:
    with pytest.raises(InvalidImageReference, match=r"'2\\n' cannot be the tag of image 'nginx'"):
        ImageReference.parse("nginx").with_tag("2\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("nginx", f"nginx:latest@{SHA256}", id="the tag that was left out is written"),
        pytest.param("r:5000/nginx:1", f"r:5000/nginx:1@{SHA256}", id="a tag stays"),
        pytest.param(f"nginx:1@{SHA512}", f"nginx:1@{SHA256}", id="another digest is replaced"),
    ],
)
def test_with_digest_pins_the_effective_tag(text: str, expected: str) -> None:
    assert str(ImageReference.parse(text).with_digest(SHA256)) == expected


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        pytest.param("nginx:1", "sha256:abc", id="a digest that is too short"),
        pytest.param("nginx:1", "", id="no digest"),
        pytest.param(f"nginx@{SHA512}", SHA256, id="no tag that is followed"),
    ],
)
def test_with_digest_rejects_what_cannot_be_pinned(text: str, digest: str) -> None:
    with pytest.raises(InvalidImageReference) as caught:
        ImageReference.parse(text).with_digest(digest)
    assert str(caught.value) == f"image {text!r} cannot be pinned to {digest!r}"


def test_recognizes_digests() -> None:
    assert is_digest(SHA256)
    assert is_digest(SHA512)
    assert not is_digest(SHA256[:-1])


DOMAINS = st.from_regex(
    r"(localhost|[A-Za-z0-9]{1,5}(-[a-z0-9]{1,3})?\.[a-z]{2,3}|[a-z]{1,5}:[1-9][0-9]{0,3}|\[::[1-9]\](:5000)?)/",
    fullmatch=True,
)
PATHS = st.from_regex(
    r"[a-z0-9]{1,4}((_|__|-{1,3})[a-z0-9]{1,3}){0,2}(/[a-z0-9]{1,4}((\.|__)[a-z0-9])?){0,3}", fullmatch=True
)
REFERENCES = st.builds(
    lambda domain, path, tag, digest: (ImageReference(domain + path, tag, digest), domain[:-1], path),
    st.just("") | DOMAINS,
    PATHS,
    st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True),
    st.none() | st.sampled_from([SHA256, SHA512]),
)


@given(REFERENCES)
def test_parsing_inverts_formatting(generated: tuple[ImageReference, str, str]) -> None:
    image, domain, path = generated
    assert ImageReference.parse(str(image)) == image
    assert image.repository.registry == (domain or "docker.io")
    assert image.repository.path in {path, f"library/{path}"}


@given(st.text(st.sampled_from("aB0.-_:/@[]\n é") | st.characters(), max_size=40))
def test_any_text_is_rejected_or_formatted_unchanged(text: str) -> None:
    try:
        image = ImageReference.parse(text)
    except InvalidImageReference:
        return
    assert str(image) == text
    assert ImageReference.parse(str(image.repository)).repository == image.repository


def test_a_password_is_never_printed() -> None:
    credential = Credential("robot", "hunter2")
    assert "robot" in repr(credential)
    assert "hunter2" not in f"{credential} {credential!r}"
