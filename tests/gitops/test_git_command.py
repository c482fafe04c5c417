"""`watch-cluster git` on real files, with a real registry over HTTP, the program git, and forges."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.processes import wait_until
from tests.gitops.conftest import manifest, watch_cluster
from tests.gitops.forge_server import DIALECTS, PROJECT, TOKEN, ForgeServer
from tests.gitops.git_server import GitServer, Repository, run_git
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry

BRANCH = "watch-cluster/default/deployment/shop"


def write(folder: Path, files: dict[str, str]) -> dict[str, bytes]:
    """Write files, and return the bytes of all."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    files = [each for each in folder.rglob("*") if each.is_file() and ".git" not in each.parts]
    return {str(each.relative_to(folder)): each.read_bytes() for each in files}


def test_check_shows_the_update_and_changes_nothing(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    before = write(tmp_path, {"apps/shop.yaml": manifest(f"{registry.host}/shop:1.0.0")})
    result = watch_cluster("git", str(tmp_path), "--output", "json")
    assert result.status == 10, result
    assert result.document == {
        "updates": [
            {
                "file": "apps/shop.yaml",
                "workload": "default/Deployment/shop",
                "container": "app",
                "from": f"{registry.host}/shop:1.0.0",
                "to": f"{registry.host}/shop:1.1.0",
            }
        ],
        "held": [],
    }
    assert contents(tmp_path) == before


def test_write_changes_the_tag_and_no_other_byte(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    text = manifest(f"{registry.host}/shop:1.0.0").replace("\n", "\r\n")
    write(tmp_path, {"shop.yaml": text, "README.md": "shop:1.0.0\n"})
    result = watch_cluster("git", str(tmp_path), "--write")
    assert result.status == 10, result
    assert f"shop.yaml: default/Deployment/shop app: {registry.host}/shop:1.0.0 ->" in result.output
    changed = {"shop.yaml": text.replace("shop:1.0.0", "shop:1.1.0").encode(), "README.md": b"shop:1.0.0\n"}
    assert contents(tmp_path) == changed
    assert watch_cluster("git", str(tmp_path), "--write").status == 0


def test_nothing_to_do_exits_with_zero(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.1.0")})
    result = watch_cluster("git", str(tmp_path))
    assert (result.status, result.output) == (0, "All images are up to date.\n")


def test_a_hold_is_reported_with_its_reason(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.0.0", approval="required")})
    result = watch_cluster("git", str(tmp_path), "--output", "json")
    assert result.status == 0
    [held] = result.document["held"]
    assert held["reason"] == "waiting for approval"
    assert (held["workload"], held["container"]) == ("default/Deployment/shop", "app")
    assert "1.1.0" in held["message"]


def test_a_registry_that_fails_is_a_failure_and_stops_no_other_update(
    tmp_path: Path, registry: EmbeddedRegistry
) -> None:
    broken = manifest("127.0.0.1:9/cart:1.0.0", name="cart")
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.0.0"), "cart.yaml": broken})
    result = watch_cluster("git", str(tmp_path), "--write", "--output", "json")
    assert result.status == 1
    assert "default/Deployment/cart" in result.errors
    assert [each["workload"] for each in result.document["updates"]] == ["default/Deployment/shop"]
    assert "shop:1.1.0" in (tmp_path / "shop.yaml").read_text()


def test_a_file_that_cannot_be_read_is_named_and_stops_no_other_update(
    tmp_path: Path, registry: EmbeddedRegistry
) -> None:
    odd = "metadata: {annotations: {watch-cluster.io/enabled: 'true'\n"
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.0.0"), "odd.yaml": odd, "chart.yaml": "{{ x }}:"})
    result = watch_cluster("git", str(tmp_path), "--write")
    assert result.status == 1
    assert "odd.yaml: line " in result.errors
    assert "chart.yaml" not in result.errors
    assert "shop:1.1.0" in (tmp_path / "shop.yaml").read_text()


def test_markdown_is_a_table_that_no_image_can_break(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.0.0")})
    result = watch_cluster("git", str(tmp_path), "--output", "markdown")
    assert "| `default/Deployment/shop` | `app` |" in result.output


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    result = watch_cluster("git", str(tmp_path / "nothing"))
    assert (result.status, result.output) == (1, "")
    assert result.errors == f"watch-cluster: {tmp_path}/nothing is not a directory: name one with manifests\n"


def test_minimum_age_is_remembered_beside_the_manifests(tmp_path: Path, registry: EmbeddedRegistry) -> None:
    write(tmp_path, {"shop.yaml": manifest(f"{registry.host}/shop:1.0.0", min_age="1s")})
    assert watch_cluster("git", str(tmp_path), "--write").status == 0
    assert ".watch-cluster.json" in contents(tmp_path)
    wait_until(lambda: watch_cluster("git", str(tmp_path), "--write").status == 10, "it is old enough", 30)
    assert "shop:1.1.0" in (tmp_path / "shop.yaml").read_text()


@pytest.fixture
def repository(git_server: GitServer, registry: EmbeddedRegistry) -> Repository:
    files = {
        "deploy/shop.yaml": manifest(f"{registry.host}/shop:1.0.0"),
        "deploy/both.yaml": manifest(f"{registry.host}/shop:1.0.0", name="web"),
        "README.md": "x\n",
    }
    return git_server.create(PROJECT, files)


def test_commit_makes_one_commit_for_each_workload(repository: Repository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    result = watch_cluster("git", str(clone / "deploy"), "--commit")
    assert result.status == 10, result
    subjects = run_git(clone, "log", "--format=%s").splitlines()
    assert subjects == [
        "Update default/Deployment/web: app to 1.1.0",
        "Update default/Deployment/shop: app to 1.1.0",
        "Start",
    ]
    changed = [run_git(clone, "show", "--numstat", "--format=", commit) for commit in ("HEAD~", "HEAD")]
    assert changed == ["1\t1\tdeploy/shop.yaml", "1\t1\tdeploy/both.yaml"]
    body = run_git(clone, "log", "-1", "--format=%b")
    assert "- container app: strategy version" in body
    assert "Watch-Cluster-Workload: default/Deployment/web" in body
    assert run_git(clone, "status", "--porcelain") == ""


def test_changes_that_are_not_committed_are_no_part_of_our_commit(repository: Repository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    file = clone / "deploy" / "shop.yaml"
    file.write_text(file.read_text() + "# mine\n")
    result = watch_cluster("git", str(clone / "deploy"), "--commit")
    assert result.status == 1
    assert "commit or stash your changes first: deploy/shop.yaml" in result.errors
    assert run_git(clone, "log", "--format=%s") == "Start"


def propose(clone: Path, forge: ForgeServer, output: str = "text") -> tuple[int, str, str]:
    options = ("--forge", forge.dialect.name, "--forge-api", forge.url, "--output", output)
    result = watch_cluster("git", str(clone / "deploy"), "--pull-request", *options, GIT_TOKEN=TOKEN)
    assert forge.refused == []
    return result.status, result.output, result.errors


@pytest.mark.parametrize("kind", sorted(DIALECTS))
def test_a_pull_request_is_opened_once_changed_and_not_opened_again_when_declined(
    kind: str, repository: Repository, registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone")
    with ForgeServer(kind, repository) as forge:
        assert propose(clone, forge)[0] == 10
        [shop, web] = sorted(forge.pulls, key=lambda each: each.branch)
        assert (shop.branch, shop.base, shop.title) == (BRANCH, "main", "Update default/Deployment/shop: app to 1.1.0")
        assert "shop:1.1.0" in repository.read("deploy/shop.yaml", BRANCH)
        assert "shop:1.0.0" in repository.read("deploy/both.yaml", BRANCH)
        assert run_git(clone, "status", "--porcelain") == ""
        proposed = repository.log(BRANCH, "%H")

        assert propose(clone, forge)[0] == 10
        assert len(forge.pulls) == 2
        assert repository.log(BRANCH, "%H") == proposed

        registry.push("shop", "1.3.0", "1.3.0")
        assert propose(clone, forge)[0] == 10
        assert len(forge.pulls) == 2
        assert shop.title == "Update default/Deployment/shop: app to 1.3.0"
        assert "shop:1.3.0" in shop.text
        assert len(repository.log(BRANCH)) == 2

        shop.state = web.state = "closed"
        status, output, _ = propose(clone, forge)
        assert status == 0
        assert "held back: declined: somebody closed " in output
        assert len(forge.pulls) == 2

        registry.push("shop", "1.4.0", "1.4.0")
        assert propose(clone, forge)[0] == 10
        assert len(forge.pulls) == 4


def test_a_merged_request_is_followed_by_another_one(
    repository: Repository, registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone")
    with ForgeServer("github", repository) as forge:
        propose(clone, forge)
        repository.merge(BRANCH)
        next(each for each in forge.pulls if each.branch == BRANCH).state = "merged"
        run_git(clone, "pull", "--quiet")
        registry.push("shop", "1.3.0", "1.3.0")
        assert propose(clone, forge)[0] == 10
        latest = forge.pulls[-1] if forge.pulls[-1].branch == BRANCH else forge.pulls[-2]
        assert latest.title.endswith("1.3.0")


def test_a_branch_with_commits_of_somebody_else_is_left_alone(
    repository: Repository, registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone")
    with ForgeServer("gitlab", repository) as forge:
        propose(clone, forge)
        theirs = repository.commit({"deploy/shop.yaml": "theirs: true\n"}, "Mine", BRANCH)
        registry.push("shop", "1.3.0", "1.3.0")
        status, _, errors = propose(clone, forge)
        assert status == 1
        assert f"somebody has committed to {BRANCH}: merge it, or delete the branch" in errors
        assert repository.log(BRANCH, "%H")[0] == theirs


def test_a_wrong_token_is_one_line_without_the_token(repository: Repository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    with ForgeServer("github", repository) as forge:
        options = ("--pull-request", "--forge", "github", "--forge-api", forge.url)
        result = watch_cluster("git", str(clone / "deploy"), *options, GIT_TOKEN="wrong-s3cr3t")
        assert result.status == 1
        assert "failed with status 401" in result.errors
        assert "wrong-s3cr3t" not in result.errors + result.output


def test_pull_requests_need_a_token(repository: Repository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    result = watch_cluster("git", str(clone / "deploy"), "--pull-request")
    assert result.status == 1
    assert "set GIT_TOKEN to a token that may open pull requests" in result.errors
