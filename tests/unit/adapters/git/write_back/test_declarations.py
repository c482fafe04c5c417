"""The file in which the operator declares repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from watch_cluster.adapters.git.write_back.declarations import InvalidDeclarations, read_declarations

VALID = """\
repositories:
  - url: https://git.example/team/*.git
    branch: production
    mode: pull-request
    token-file: {folder}/token
    forge: gitlab
    folders:
      - path: /apps/shop/
        namespaces: [shop, cart]
      - path: common
        namespaces: ["*"]
"""


def test_a_declaration_says_what_may_be_written(tmp_path: Path) -> None:
    file = tmp_path / "repositories.yaml"
    file.write_text(VALID.format(folder=tmp_path))
    (tmp_path / "token").write_text("s3cret\n")
    [declared] = read_declarations(file)
    assert (declared.branch, declared.mode, declared.token()) == ("production", "pull-request", "s3cret")
    assert declared.matches("https://git.example/team/fleet.git")
    assert declared.allows("apps/shop/deploy.yaml", "cart")
    assert declared.allows("common", "anybody")
    assert not declared.allows("apps/shop/deploy.yaml", "anybody")
    assert not declared.allows("apps/shopping/deploy.yaml", "shop")


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/team/group/fleet.git",
        "https://git.example.evil/team/fleet.git",
        "https://git.example/team/..%2Fother.git",
        "http://git.example/team/fleet.git",
        "https://git.example/team/fleet.git\n",
        "https://user@git.example/team/fleet.git",
    ],
)
def test_a_pattern_is_one_name_of_the_path_and_nothing_else(tmp_path: Path, url: str) -> None:
    file = tmp_path / "repositories.yaml"
    file.write_text(VALID.format(folder=tmp_path))
    [declared] = read_declarations(file)
    assert not declared.matches(url)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("https://git", "file:///git", "url: write https://HOST/PATH", id="a local path"),
        pytest.param("https://git", "https://me:pass@git", "url: write https://HOST/PATH", id="a password in the URL"),
        pytest.param("git.example", "*.example", "url: write https://HOST/PATH", id="a pattern of hosts"),
        pytest.param("production", "--force", "branch: String should match", id="an option as branch"),
        pytest.param("common", "../etc", "'../etc' is no folder of a repository", id="a way out"),
        pytest.param("pull-request", "force", "mode: Input should be 'commit' or 'pull-request'", id="another mode"),
        pytest.param("gitlab", "svn", "forge is one of github, gitlab, gitea, bitbucket", id="another forge"),
        pytest.param("branch", "brunch", "brunch: Extra inputs are not permitted", id="a misspelled key"),
        pytest.param("    token-file: {folder}/token\n", "", "token-file is needed", id="requests without a token"),
        pytest.param("repositories:", "repositories: [", "is no YAML", id="no YAML"),
    ],
)
def test_a_mistake_is_one_line_with_the_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = tmp_path / "repositories.yaml"
    file.write_text(VALID.replace(old, new).format(folder=tmp_path))
    with pytest.raises(InvalidDeclarations) as caught:
        read_declarations(file)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert "pass" not in str(caught.value).replace("password", "")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeclarations, match=r"none\.yaml cannot be read: No such file"):
        read_declarations(tmp_path / "none.yaml")
