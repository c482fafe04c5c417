"""Which credential matches which image.

The answers are those of the kubelet 1.36.3 to the same keys, with one exception on purpose: it would show Docker Hub's
credential to `localhost`, too, and so give it away.
"""

from __future__ import annotations

import base64
import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.keyring import InvalidDockerConfig, Keyring, key_matches
from watch_cluster.domain.images.reference import ImageReference, Repository

SECRET = "hunter2"


def repository(image: str) -> Repository:
    return ImageReference.parse(image).repository


def matching_keys(image: str, *keys: str) -> list[str]:
    """Return the keys that match the image, each as the user name of its credential."""
    keyring = Keyring(tuple((key, Credential(key, "pw")) for key in keys))
    return [found.username for found in keyring.candidates(repository(image))]


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("key", "image", "opens"),
    [
        pytest.param("ghcr.io", "ghcr.io/a/b", True, id="the host"),
        pytest.param("https://ghcr.io", "ghcr.io/a/b", True, id="a scheme"),
        pytest.param("http://ghcr.io", "ghcr.io/a/b", True, id="the plain scheme"),
        pytest.param("HTTPS://ghcr.io", "ghcr.io/a/b", False, id="a scheme in capitals"),
        pytest.param("ftp://ghcr.io", "ghcr.io/a/b", False, id="another scheme"),
        pytest.param("//ghcr.io", "ghcr.io/a/b", False, id="half a scheme"),
        pytest.param("ghcr.io/", "ghcr.io/a/b", True, id="a slash"),
        pytest.param("https://ghcr.io/v1/", "ghcr.io/a/b", True, id="version 1 of the protocol"),
        pytest.param("https://ghcr.io/v2/", "ghcr.io/a/b", True, id="version 2 of the protocol"),
        pytest.param("https://ghcr.io/v3/", "ghcr.io/a/b", False, id="version 3 of the protocol"),
        pytest.param("ghcr.io/v2", "ghcr.io/a/b", False, id="a version without a slash is a path"),
        pytest.param("ghcr.io/v2", "ghcr.io/v2x/b", True, id="such a path"),
        pytest.param("ghcr.io/v2/a", "ghcr.io/a/b", True, id="a path behind the version"),
        pytest.param("ghcr.io/v2/v1/a", "ghcr.io/v1/a", True, id="only one version goes"),
        pytest.param("ghcr.io/a", "ghcr.io/a/b", True, id="the start of the path"),
        pytest.param("ghcr.io/a/b", "ghcr.io/a/b", True, id="the whole path"),
        pytest.param("ghcr.io/a/", "ghcr.io/a/b", True, id="the start of the path with a slash"),
        pytest.param("ghcr.io/a/b/", "ghcr.io/a/b", False, id="the whole path with a slash"),
        pytest.param("ghcr.io/team", "ghcr.io/teamwork/b", True, id="a part of a segment, since the path is text"),
        pytest.param("ghcr.io/a/b/c", "ghcr.io/a/b", False, id="a longer path"),
        pytest.param("ghcr.io/b", "ghcr.io/a/b", False, id="another path"),
        pytest.param("ghcr.io/A", "ghcr.io/a/b", False, id="a path in capitals"),
        pytest.param("ghcr.io/*", "ghcr.io/a/b", False, id="a star in the path is a star"),
        pytest.param("ghcr.io//", "ghcr.io/a/b", False, id="two slashes"),
        pytest.param("GHCR.io", "ghcr.io/a/b", False, id="the host in capitals"),
        pytest.param("GHCR.io", "GHCR.io/a/b", True, id="the host as it is written"),
        pytest.param("quay.io", "ghcr.io/a/b", False, id="another host"),
        pytest.param("hcr.io", "ghcr.io/a/b", False, id="the end of a host"),
        pytest.param("ghcr", "ghcr.io/a/b", False, id="the start of a host"),
        pytest.param("ghcr.io", "ghcr.io.evil.test/a", False, id="the start of an evil host"),
        pytest.param("ghcr.io.evil.test", "ghcr.io/a", False, id="an evil host that begins alike"),
        pytest.param("ghcr.io", "evil.ghcr.io/a", False, id="a host above"),
        pytest.param("r.io:5000", "r.io:5000/a", True, id="a port"),
        pytest.param("https://r.io:5000/v2/", "r.io:5000/a", True, id="a port and all else"),
        pytest.param("r.io", "r.io:5000/a", False, id="a port that the key has not"),
        pytest.param("r.io:5000", "r.io/a", False, id="a port that the image has not"),
        pytest.param("r.io:443", "r.io/a", False, id="the port that is meant"),
        pytest.param("r.io:05000", "r.io:5000/a", False, id="a port of other digits"),
        pytest.param("r.io:", "r.io/a", True, id="an empty port"),
        pytest.param("r.io:*", "r.io:5000/a", False, id="a star for the port"),
        pytest.param("r.io:http", "r.io/a", False, id="a port that is none"),
        pytest.param("*.io", "ghcr.io/a", True, id="a star for a label"),
        pytest.param("*.io", "a.b.io/a", False, id="a star for two labels"),
        pytest.param("*.b.io", "a.b.io/a", True, id="a star for the first label"),
        pytest.param("a.*.io", "a.b.io/a", True, id="a star in the middle"),
        pytest.param("*.*", "ghcr.io/a", True, id="a star for each label"),
        pytest.param("*", "ghcr.io/a", False, id="a star for all"),
        pytest.param("*", "localhost/a", True, id="a star for the only label"),
        pytest.param("g*r.io", "ghcr.io/a", True, id="a star within a label"),
        pytest.param("ghcr*.io", "ghcr.io/a", True, id="a star for nothing"),
        pytest.param("g**.io", "ghcr.io/a", True, id="two stars"),
        pytest.param("g*x.io", "ghcr.io/a", False, id="a star before what is not there"),
        pytest.param("*.io:5000", "ghcr.io:5000/a", True, id="a star and a port"),
        pytest.param("*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-west-1.amazonaws.com/a", True, id="two starred labels"),
        pytest.param("gh[cx]r.io", "ghcr.io/a", False, id="a class, which Go takes for an address"),
        pytest.param("gh?r.io", "ghcr.io/a", False, id="a question mark, which begins a query"),
        pytest.param("ghcr.io?x=1", "ghcr.io/a", True, id="a query"),
        pytest.param("ghcr.io/a#x", "ghcr.io/a", True, id="a fragment"),
        pytest.param("robot:pw@ghcr.io", "ghcr.io/a", True, id="a user in front"),
        pytest.param("ghcr.io@evil.test", "ghcr.io/a", False, id="a host as a user"),
        pytest.param("10.0.0.1:5000", "10.0.0.1:5000/a", True, id="an address"),
        pytest.param("[::1]:5000", "[::1]:5000/a", True, id="an IPv6 address"),
        pytest.param("[::1]", "[::1]/a", False, id="an IPv6 address without a port, which Go takes for a class"),
        pytest.param("::1:5000", "[::1]:5000/a", False, id="an IPv6 address without brackets"),
        pytest.param("https://index.docker.io/v1/", "nginx", True, id="Docker Hub's own key"),
        pytest.param("https://index.docker.io/v1/", "team/app", True, id="Docker Hub's own key for a team"),
        pytest.param(
            "https://index.docker.io/v1/", "index.docker.io/team/app", True, id="Docker Hub by its other name"
        ),
        pytest.param("https://index.docker.io/v1/", "a.io/a", False, id="nor for one that comes before as text"),
        pytest.param("https://index.docker.io/v1/", "docker.io/library/nginx", True, id="Docker Hub written out"),
        pytest.param("index.docker.io", "nginx", True, id="Docker Hub's own key cut down"),
        pytest.param("https://index.docker.io/v1", "nginx", False, id="Docker Hub's own key without a slash"),
        pytest.param("index.docker.io/library", "nginx", False, id="Docker Hub's own key with a path"),
        pytest.param("index.*.io", "nginx", False, id="a star for Docker Hub's own key"),
        pytest.param("https://index.docker.io/v1/", "ghcr.io/a", False, id="Docker Hub's own key for another registry"),
        pytest.param("docker.io", "nginx", True, id="Docker Hub by its name"),
        pytest.param("docker.io/library", "nginx", True, id="the official images of Docker Hub"),
        pytest.param("docker.io/library", "team/app", False, id="and not the others"),
        pytest.param("registry-1.docker.io", "nginx", False, id="Docker Hub by its API's host"),
        pytest.param("nginx", "nginx", False, id="an image's name"),
        pytest.param("", "nginx", False, id="an empty key"),
        pytest.param("/", "localhost/a", False, id="a slash alone"),
        pytest.param(":5000", "localhost:5000/a", False, id="a port alone"),
        pytest.param(" ghcr.io", "ghcr.io/a", False, id="a space"),
        pytest.param("ghcr.io\n", "ghcr.io/a", False, id="a line's end"),
        pytest.param("ghcr.io?\0", "ghcr.io/a", False, id="a control character"),
        pytest.param("ghcr%2eio", "ghcr.io/a", False, id="an escape"),
        pytest.param("ghér.io", "ghcr.io/a", False, id="a letter beyond ASCII"),
        pytest.param("[ghcr.io", "ghcr.io/a", False, id="a bracket"),
        pytest.param("\\ghcr.io", "ghcr.io/a", False, id="a backslash"),
    ],
)
def test_a_key_matches_only_its_repositories(key: str, image: str, opens: bool) -> None:
    assert matching_keys(image, key) == ([key] if opens else [])


@pytest.mark.parametrize(
    ("image", "keys", "expected"),
    [
        pytest.param(
            "ghcr.io/a/b/c",
            ["ghcr.io", "*.io", "ghcr.io/a/b", "quay.io", "ghcr.io/a"],
            ["ghcr.io/a/b", "ghcr.io/a", "ghcr.io", "*.io"],
            id="the more specific comes first",
        ),
        pytest.param(
            "ghcr.io/a", ["ghcr.io", "https://ghcr.io/v2/", "http://ghcr.io"], None, id="one key keeps its order"
        ),
        pytest.param("nginx", ["https://index.docker.io/v1/", "docker.io"], ["docker.io"], id="Docker Hub's is last"),
        pytest.param(
            "nginx", ["index.docker.io", "https://index.docker.io/v1/"], None, id="Docker Hub's own key twice"
        ),
        pytest.param("ghcr.io/a", ["*.io/a", "ghcr.io"], ["ghcr.io", "*.io/a"], id="a star after any letter"),
        pytest.param("localhost/a", ["https://index.docker.io/v1/"], [], id="localhost is not Docker Hub"),
    ],
)
def test_credentials_have_the_order_of_the_kubelet(image: str, keys: list[str], expected: list[str] | None) -> None:
    assert matching_keys(image, *keys) == (keys if expected is None else expected)


def test_returns_equal_credentials_once() -> None:
    keyring = Keyring(tuple((key, Credential("robot", "pw")) for key in ("ghcr.io", "*.io", "ghcr.io/a")))
    assert keyring.candidates(repository("ghcr.io/a")) == (Credential("robot", "pw"),)


@pytest.mark.parametrize(
    ("key", "image", "expected"),
    [
        pytest.param("ghcr.io/a", "ghcr.io/a/b", True, id="what it names"),
        pytest.param("ghcr.io/a", "ghcr.io/b", False, id="what it does not name"),
        pytest.param("ghcr.io\n", "ghcr.io/b", False, id="an invalid key"),
        pytest.param("https://index.docker.io/v1/", "nginx", False, id="Docker Hub's own key is nothing special"),
    ],
)
def test_key_matches_without_the_docker_hub_fallback(key: str, image: str, expected: bool) -> None:
    assert key_matches(key, repository(image)) is expected


@pytest.mark.parametrize(("length", "expected"), [(1024, True), (1025, False)])
def test_a_key_that_is_too_long_matches_nothing(length: int, expected: bool) -> None:
    key = "@ghcr.io".rjust(length, "u")
    assert bool(matching_keys("ghcr.io/a", key)) is expected


@given(st.lists(st.text()))
def test_no_key_breaks_the_keyring(keys: list[str]) -> None:
    found = matching_keys("ghcr.io/a/b", *keys)
    assert matching_keys("ghcr.io/a/b", *keys, "ghcr.io/a/b") == list(dict.fromkeys([*found, "ghcr.io/a/b"]))


@given(st.lists(st.sampled_from("a*.-:[]/@?"), max_size=30).map("".join))
def test_no_key_of_special_characters_breaks_the_keyring(key: str) -> None:
    assert matching_keys("aaa.aa:1/a", key) in ([], [key])


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "key",
    [
        pytest.param("*a" * 100_000, id="stars without end"),
        pytest.param("*a" * 500 + "b", id="stars that nearly match"),
        pytest.param("@" * 1_000, id="users"),
        pytest.param("https://" * 120, id="schemes"),
        pytest.param("a:" * 500, id="ports"),
    ],
)
def test_no_key_takes_long(key: str) -> None:
    assert matching_keys(f"{'a' * 63}.io/a", key, f"{key[:900]}.io") == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(auth("robot:pw"), Credential("robot", "pw"), id="auth"),
        pytest.param(auth("robot:pw:with:colons"), Credential("robot", "pw:with:colons"), id="colons"),
        pytest.param(auth(":pw"), Credential("", "pw"), id="no user"),
        pytest.param({"auth": "cm9ib3Q6cHc"}, Credential("robot", "pw"), id="base64 without its padding"),
        pytest.param({"auth": "cm9ib3Q6cGFzcw"}, Credential("robot", "pass"), id="without two signs of padding"),
        pytest.param({"auth": "cm9i\r\nb3Q6cHc=\n"}, Credential("robot", "pw"), id="base64 in lines"),
        pytest.param({"username": "robot", "password": "pw"}, Credential("robot", "pw"), id="plain"),
        pytest.param({**auth("a:b"), "username": "c", "password": "d"}, Credential("a", "b"), id="both, auth wins"),
        pytest.param({"auth": None, "username": "c", "password": "d"}, Credential("c", "d"), id="a null auth"),
        pytest.param({"auth": "", "username": "c", "password": "d"}, Credential("c", "d"), id="an empty auth"),
        pytest.param(
            {**auth("<token>:"), "identitytoken": "x"}, Credential("<token>", "", "x"), id="an identity token"
        ),
        pytest.param({"identitytoken": "x"}, Credential("", "", "x"), id="an identity token alone"),
        pytest.param({**auth("a:b"), "identitytoken": "x"}, Credential("a", "b", "x"), id="a password beside it"),
        pytest.param({**auth("a:b"), "identitytoken": None}, Credential("a", "b"), id="a null identity token"),
        pytest.param({**auth("robot:"), "identitytoken": ""}, None, id="no password and an empty identity token"),
        pytest.param({"username": "robot"}, None, id="a user alone"),
        pytest.param({}, None, id="nothing"),
        pytest.param(None, None, id="null"),
    ],
)
def test_both_formats_have_the_same_entries(entry: object, expected: Credential | None) -> None:
    found = () if expected is None else (("ghcr.io", expected),)
    assert Keyring.parse_config(json.dumps({"auths": {"ghcr.io": entry}, "credsStore": "x"}).encode()).entries == found
    assert Keyring.parse_legacy_config(json.dumps({"ghcr.io": entry}).encode()).entries == found


def test_accepts_a_thousand_entries() -> None:
    auths = {f"{number}.io": auth("robot:pw") for number in range(1000)}
    keyring = Keyring.parse_legacy_config(json.dumps(auths).encode())
    assert keyring.candidates(repository("999.io/a")) == (Credential("robot", "pw"),)


@pytest.mark.parametrize("text", ["{}", '{"auths": {}}', '{"auths": null}'])
def test_a_config_without_entries_holds_nothing(text: str) -> None:
    assert Keyring.parse_config(text.encode()) == Keyring()


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        pytest.param(f'"{SECRET}"', "has no entries", id="text for entries"),
        pytest.param(f'["{SECRET}"]', "has no entries", id="a list for entries"),
        pytest.param(f'{{"{SECRET}": "{SECRET}"}}', "entry 1 is not", id="text for an entry"),
        pytest.param(f'{{"r.io": {{}}, "{SECRET}": []}}', "entry 2 is not", id="a list for an entry"),
        pytest.param(f'{{"{SECRET}": {{"auth": 1}}}}', "entry 1 .* not a string", id="a number for an auth"),
        pytest.param(
            f'{{"r.io": {{"password": ["{SECRET}"]}}}}', "entry 1 .* not a string", id="a list for a password"
        ),
        pytest.param(
            '{"r.io": {"identitytoken": false}}', "entry 1 .* not a string", id="a flag for an identity token"
        ),
        pytest.param(f'{{"r.io": {{"auth": "{SECRET}!"}}}}', "entry 1 .* not base64", id="no base64"),
        pytest.param('{"r.io": {"auth": "!!!!cm9ib3Q6cHc="}}', "entry 1 .* not base64", id="signs beside base64"),
        pytest.param('{"r.io": {"auth": "/////w=="}}', "entry 1 .* not base64", id="no UTF-8"),
        pytest.param(json.dumps({str(number): {} for number in range(1001)}), "has 1001 entries", id="too many"),
        pytest.param(json.dumps({"r.io": auth(SECRET)}), "entry 1 .* not USER:PASSWORD", id="no colon"),
    ],
)
def test_reports_invalid_entries_in_one_line_without_their_contents(entries: str, complaint: str) -> None:
    for read, text in ((Keyring.parse_config, f'{{"auths": {entries}}}'), (Keyring.parse_legacy_config, entries)):
        with pytest.raises(InvalidDockerConfig, match=complaint) as caught:
            read(text.encode())
        assert_quotes_nothing(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SECRET.encode(), id="no JSON"),
        pytest.param(f'"{SECRET}"'.encode(), id="text"),
        pytest.param(b'{"auths": {"' + SECRET.encode() + b"\xff", id="no text"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"1" * 10_000, id="too long a number"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_reports_an_invalid_document_without_its_contents(text: bytes) -> None:
    for read in (Keyring.parse_config, Keyring.parse_legacy_config):
        with pytest.raises(InvalidDockerConfig) as caught:
            read(text)
        assert_quotes_nothing(caught.value)


def assert_quotes_nothing(error: BaseException) -> None:
    assert str(error).splitlines() == [str(error)]
    # Not even to who looks at the error's causes: those of the library carry the whole text.
    assert error.__context__ is None
    for secret in (SECRET, auth(SECRET)["auth"]):
        assert secret not in "".join(traceback.format_exception(error))


def test_a_keyring_prints_neither_keys_nor_passwords() -> None:
    keyring = Keyring((("https://robot:hunter2@r.io", Credential("robot", SECRET)),))
    assert SECRET not in f"{keyring!r} {keyring}"
