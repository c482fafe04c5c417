"""`watch-cluster tags`: any image, without a cluster."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from typer.testing import CliRunner, Result

from tests.servers.proxy import ProxyServer
from tests.servers.registry import RegistryServer, Reply, challenge_reply, error_reply, tags_reply
from watch_cluster.adapters.oci.auth.tokens import basic
from watch_cluster.domain.policy.setting_specs import CONTAINER_KEYS
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.main import app

pytestmark = pytest.mark.usefixtures("logs_put_back")

BASIC = challenge_reply("Basic realm=x")
TAGS = "1.25.3-alpine 1.26.0-alpine 1.26.0 1.25.4-alpine 2.0.0-rc1-alpine latest 1.24.0-alpine"


def ask(*arguments: str, tags: str | None = TAGS) -> Result:
    """Run the command, with tags on its standard input."""
    given = [] if tags is None else ["--tags-from", "-"]
    return CliRunner().invoke(
        app, ["tags", *arguments, *given], input=None if tags is None else tags.replace(" ", "\n")
    )


def answered(*arguments: str, tags: str = TAGS) -> dict[str, object]:
    """What the command says to programs."""
    ended = ask(*arguments, "--output", "json", tags=tags)
    assert ended.exit_code == 0, ended.stderr
    document: dict[str, object] = json.loads(ended.stdout)
    return document


def test_each_tag_that_looks_newer_is_listed_with_the_rule_that_decided() -> None:
    assert answered("nginx:1.25.3-alpine") == {
        "current": "1.25.3-alpine",
        "chosen": "1.26.0-alpine",
        "held": None,
        "candidates": [
            {"tag": "2.0.0-rc1-alpine", "kept": False, "reason": "a prerelease, and the current tag is none"},
            {"tag": "1.26.0", "kept": False, "reason": "another variant: none instead of -alpine"},
            {"tag": "1.26.0-alpine", "kept": True, "reason": "the newest"},
            {"tag": "1.25.4-alpine", "kept": True, "reason": "newer, but 1.26.0-alpine is newer still"},
        ],
    }


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        pytest.param([], "1.26.0-alpine", id="version"),
        pytest.param(["--strategy", "version-lock-minor"], "1.25.4-alpine", id="a strategy"),
        pytest.param(["--constraint", "~1.25"], "1.25.4-alpine", id="a constraint"),
        pytest.param(["--allow-tags", r"1\.25\..*"], "1.25.4-alpine", id="tags that are allowed"),
        pytest.param(["--ignore-tags", r"1\.26\..*"], "1.25.4-alpine", id="tags that are ignored"),
        pytest.param(["--prerelease"], "2.0.0-rc1-alpine", id="prereleases"),
        pytest.param(["--behind", "1"], "1.25.4-alpine", id="a version behind"),
        pytest.param(["--tag-pattern", "(?P<version>.+)-alpine"], "1.26.0-alpine", id="a pattern"),
        pytest.param(["--variant", "follow"], "1.26.0-alpine", id="a base to follow"),
        pytest.param(["--constraint", "<1.25"], None, id="nothing"),
    ],
)
def test_the_options_are_the_annotations(options: list[str], chosen: str | None) -> None:
    assert answered("nginx:1.25.3-alpine", *options)["chosen"] == chosen


def test_shows_what_holds_a_tag_and_why() -> None:
    document = answered("httpd:2.4.59-bookworm", tags="2.4.59-bookworm 2.4.66-trixie")
    assert document["chosen"] is None
    held = document["held"]
    assert isinstance(held, dict)
    assert held["reason"] == "left behind"
    assert "set variant: follow, or set the image to 2.4.66-trixie" in held["message"]
    assert answered("httpd:2.4.59-bookworm", "--variant", "follow", tags="2.4.66-trixie")["chosen"] == "2.4.66-trixie"


@pytest.mark.parametrize(
    ("image", "tags", "options", "reason", "says"),
    [
        pytest.param("shop:3.9.10", "3.9.8 3.9.9 3.9.10 3.9.10.1", [], "left behind", "3.9.10.1", id="left behind"),
        pytest.param("shop:1-jdk11", "2-jdk17", ["--variant", "follow"], "left behind", "2-jdk17", id="not followed"),
        pytest.param(
            "shop:pg15.5-ts2.13.0", "pg15.5-ts2.14.0", [], "two versions in the tag", "tag-pattern", id="two versions"
        ),
        pytest.param("shop:latest", "1.0", [], "tag not a version", "tag-pattern", id="no version"),
        pytest.param(
            "shop:1.0", "1.1", ["--tag-pattern", "v(?P<version>.+)"], "tag not a version", "match", id="no match"
        ),
        pytest.param("postgres:15.4", "16.1", [], "major version of a database", "version-lock-major", id="a database"),
    ],
)
def test_json_output_contains_what_holds_a_tag(
    image: str, tags: str, options: list[str], reason: str, says: str
) -> None:
    document = answered(image, *options, tags=tags)
    held = document["held"]
    assert isinstance(held, dict)
    assert (document["chosen"], held["reason"]) == (None, reason)
    assert says in held["message"]


def test_every_setting_that_chooses_among_tags_is_an_option() -> None:
    help_text = CliRunner().invoke(app, ["tags", "--help"], env={"COLUMNS": "200"}).stdout
    settings = {annotation.short(key) for key in CONTAINER_KEYS} - {"git-field", "pin"}
    assert len(settings) == 8
    assert {each for each in settings if f"--{each}" not in help_text} == set()


def test_shows_what_a_pattern_matches() -> None:
    pattern = ["--tag-pattern", r"pg15\.5-ts(?P<version>.+)"]
    lines = ask("shop:pg15.5-ts2.13.0", *pattern, tags="pg15.5-ts2.14.0").stdout.splitlines()
    assert lines[0] == "tag pg15.5-ts2.13.0, of which tag-pattern reads 2.13.0: numbers 2.13.0"


def test_a_tag_with_two_versions_has_a_line_for_what_is_newer_by_either_of_them() -> None:
    tags = "pg15.5-ts2.13.0 pg15.5-ts2.14.0 pg16.1-ts2.12.0 pg15.4-ts2.15.0 pg15.5-ts2.12.0"
    lines = answered("shop:pg15.5-ts2.13.0", tags=tags)["candidates"]
    assert isinstance(lines, list)
    assert [(line["tag"], line["kept"]) for line in lines] == [("pg16.1-ts2.12.0", False), ("pg15.5-ts2.14.0", False)]


def test_the_newest_of_a_major_version_is_praised_when_the_next_one_is_left_out() -> None:
    lines = answered("postgres:15.4", tags="15.5 15.6 16.1")["candidates"]
    assert isinstance(lines, list)
    assert [line["reason"] for line in lines] == [
        "another major version of PostgreSQL",
        "the newest",
        "newer, but 15.6 is newer still",
    ]


def test_a_strategy_that_can_never_select_a_tag_is_an_error() -> None:
    ended = ask("shop:7", "--strategy", "version-lock-major")
    assert ended.exit_code == 2
    assert "nothing newer can ever be found" in ended.stderr


def test_text_output_splits_the_tag_and_prints_a_table() -> None:
    lines = ask("nginx:1.25.3-alpine").stdout.splitlines()
    assert lines[0] == "tag 1.25.3-alpine: numbers 1.25.3, variant -alpine"
    assert lines[1].split() == ["TAG", "THAT", "LOOKS", "NEWER", "KEPT", "WHY"]
    assert lines[-1] == "chosen: 1.26.0-alpine"
    assert ask("nginx:9.9.9").stdout.splitlines()[-1] == "up to date"


def test_an_image_without_a_tag_means_latest_which_is_no_version() -> None:
    document = answered("nginx")
    assert (document["current"], document["chosen"], document["candidates"]) == ("latest", None, [])
    assert "watch-cluster.io/strategy: latest" in str(document["why"])
    assert "is no version" in ask("nginx").stdout


def test_the_digest_of_a_tag_cannot_be_read_from_a_list() -> None:
    assert "known to its registry alone" in str(answered("nginx", "--strategy", "latest")["why"])


def test_skips_invalid_tags_and_blank_lines() -> None:
    assert answered("nginx:1.0", tags="1.1\n\n  1.2  \n-1.9\nhttp://x 1.8 é1.7\n" + "9." * 200)["chosen"] == "1.8"


def test_tags_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tags"
    file.write_text("1.1\n1.2\n")
    ended = ask("nginx:1.0", "--tags-from", str(file), "--output", "json", tags=None)
    assert json.loads(ended.stdout)["chosen"] == "1.2"


def test_every_error_is_reported_at_once_and_nothing_else_is_printed(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    faults = ["--constraint", "newer", "--allow-tags", "(", "--ignore-tags", "*", "--strategy", "newest"]
    ended = ask("ngi nx", *faults, "--tags-from", str(tmp_path / "none"), tags=None)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    starts = ["--tags-from", "--constraint", "--allow-tags", "--ignore-tags", "--strategy", "image"]
    assert [line.split(": ")[1] for line in ended.stderr.splitlines()] == starts
    binary = ask("nginx:1", "--tags-from", str(tmp_path / "binary"), tags=None)
    assert "it is not text" in binary.stderr


class TestARegistry:
    """Without a list, the registry is queried."""

    @pytest.fixture
    def registry(self) -> Iterator[RegistryServer]:
        with RegistryServer() as registry:
            yield registry

    def test_its_tags_are_judged(self, registry: RegistryServer) -> None:
        registry.on_tags(tags_reply(["1.0.0", "1.0.1"]), "shop")
        ended = ask(f"{registry.host}/shop:1.0.0", "--output", "json", tags=None)
        assert json.loads(ended.stdout)["chosen"] == "1.0.1"

    def test_shows_what_a_tag_resolves_to(self, registry: RegistryServer) -> None:
        digest = "sha256:" + "0" * 64
        registry.on_manifest("edge", Reply(200, b"{}", (("Docker-Content-Digest", digest),)), "shop")
        arguments = (f"{registry.host}/shop:edge", "--strategy", "latest")
        assert json.loads(ask(*arguments, "--output", "json", tags=None).stdout)["digest"] == digest
        assert ask(*arguments, tags=None).stdout == f"tag edge stands for {digest}\n"

    def test_queries_the_mirror_instead(self, registry: RegistryServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REGISTRY_MIRRORS", f"registry.example={registry.host}/proxy")
        registry.on_tags(tags_reply(["1.0.0", "1.0.1"]), "proxy/shop")
        ended = ask("registry.example/shop:1.0.0", "--output", "json", tags=None)
        assert json.loads(ended.stdout)["chosen"] == "1.0.1"

    def test_it_may_be_behind_a_proxy_with_a_certificate_of_ones_own(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("registry.behind.test").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        with RegistryServer(tls=context) as behind, ProxyServer() as proxy:
            behind.on_tags(tags_reply(["1.0.0", "1.0.1"]), "shop")
            monkeypatch.setenv("REGISTRY_CA_FILE", str(tmp_path / "ca.pem"))
            monkeypatch.setenv("https_proxy", f"http://{proxy.host}")
            ended = ask(f"registry.behind.test:{behind.port}/shop:1.0.0", "--output", "json", tags=None)
        assert json.loads(ended.stdout)["chosen"] == "1.0.1"

    def test_unreadable_certificate_authorities_fail_before_any_request(
        self, registry: RegistryServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REGISTRY_CA_FILE", "/nowhere/ca.pem")
        ended = ask(f"{registry.host}/shop:1.0.0", tags=None)
        assert ended.exit_code == 2
        [line] = ended.stderr.splitlines()
        assert line.startswith("watch-cluster: REGISTRY_CA_FILE: '/nowhere/ca.pem' cannot be read")
        assert registry.seen == []

    def test_an_error_is_one_line(self, registry: RegistryServer) -> None:
        ended = ask(f"{registry.host}/none:1.0.0", tags=None)
        assert ended.exit_code == 1
        assert ended.stdout == ""
        assert len(ended.stderr.splitlines()) == 1


class TestALogin:
    """A user and a password for trying a registry."""

    @pytest.fixture
    def registry(self) -> Iterator[RegistryServer]:
        with RegistryServer() as registry:
            yield registry

    @staticmethod
    def log_in(image: str, *options: str, typed: str = "s3cret\n") -> Result:
        return CliRunner().invoke(app, ["tags", image, *options, "--password-stdin"], input=typed)

    @pytest.mark.parametrize(
        ("typed", "password"),
        [
            pytest.param("s3cret", "s3cret", id="as it is"),
            pytest.param("s3cret\n", "s3cret", id="with a line's end"),
            pytest.param("s3cret\r\n", "s3cret", id="with a line's end of Windows"),
            pytest.param(" s3 cret \n\n", " s3 cret \n", id="with blanks of its own"),
        ],
    )
    def test_it_is_shown_to_the_registry(self, registry: RegistryServer, typed: str, password: str) -> None:
        registry.on_tags(lambda seen: tags_reply(["1.0.1"]) if seen.authorization else BASIC, "shop")
        ended = self.log_in(f"{registry.host}/shop:1.0.0", "--username", "robot", typed=typed)
        assert ended.stdout.splitlines()[-1] == "chosen: 1.0.1"
        assert registry.seen[-1].authorization == basic("robot", password)

    def test_only_the_given_credential_is_used_and_never_at_a_mirror(
        self, registry: RegistryServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "config.json").write_text('{"auths": {"*": {"username": "a", "password": "b"}}}')
        monkeypatch.setenv("REGISTRY_CONFIG", str(tmp_path / "config.json"))
        registry.on_tags(BASIC, "shop")
        with RegistryServer() as mirror:
            monkeypatch.setenv("REGISTRY_MIRRORS", f"{registry.host}={mirror.host}")
            ended = self.log_in(f"{registry.host}/shop:1.0.0", "--username", "robot")
            assert mirror.seen == []
        assert ended.exit_code == 1
        assert "the user 'robot'" in ended.stderr
        assert "s3cret" not in ended.stderr
        assert {seen.authorization for seen in registry.seen} == {None, basic("robot", "s3cret")}

    @pytest.mark.parametrize(
        ("options", "password", "complaint"),
        [
            pytest.param(["--password-stdin"], "x", "--username: name the user", id="no user"),
            pytest.param(["--password-stdin", "--username", ""], "x", "--username: name the user", id="an empty user"),
            pytest.param(["--password-stdin", "--username", "a:b"], "x", "without ':'", id="a colon"),
            pytest.param(["--username", "a"], "x", "--password-stdin: the password is read", id="no password"),
            pytest.param(["--password-stdin", "--username", "a"], "\n", "there is no password", id="an empty password"),
            pytest.param(
                ["--password-stdin", "--username", "a", "--tags-from", "-"], "1.0", "no registry is queried", id="tags"
            ),
        ],
    )
    def test_half_of_one_is_an_error(self, options: list[str], password: str, complaint: str) -> None:
        ended = CliRunner().invoke(app, ["tags", "nginx:1", *options], input=password)
        assert ended.exit_code == 2
        assert ended.stdout == ""
        [line] = ended.stderr.splitlines()
        assert complaint in line

    @pytest.mark.parametrize(
        ("reply", "step"),
        [
            pytest.param(BASIC, "answered 401 (UNAUTHORIZED) to the user 'robot'", id="authorization"),
            pytest.param(challenge_reply("Bearer realm=//,x"), "refers to a URL", id="the challenge"),
            pytest.param(error_reply(403, "DENIED"), "answered 403 (DENIED)", id="rights"),
            pytest.param(error_reply(404, "NAME_UNKNOWN"), "there is no such repository", id="the repository"),
            pytest.param(Reply(200, b"<html>"), "that is not the registry protocol's JSON", id="the list"),
        ],
    )
    def test_the_line_names_the_step_that_failed(self, registry: RegistryServer, reply: Reply, step: str) -> None:
        registry.on_tags(reply, "shop")
        ended = self.log_in(f"{registry.host}/shop:1.0.0", "--username", "robot")
        assert ended.exit_code == 1
        [line] = ended.stderr.splitlines()
        assert step in line

    def test_a_token_server_that_refuses_is_named(self, registry: RegistryServer) -> None:
        with RegistryServer() as tokens:
            registry.on_tags(challenge_reply(f'Bearer realm="http://{tokens.host}/token"'), "shop")
            tokens.on("/token", error_reply(401, "UNAUTHORIZED"))
            ended = self.log_in(f"{registry.host}/shop:1.0.0", "--username", "robot")
        assert f"its token server {tokens.host} answered 401 to the user 'robot'" in ended.stderr
