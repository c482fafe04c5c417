"""Proposals for live workloads, in a real repository over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.gitops.source import GitSource
from watch_cluster.adapters.git.write_back.declarations import read_declarations
from watch_cluster.adapters.git.write_back.proposer import GitProposer
from watch_cluster.application.ports.orchestrator.proposer import (
    ProposalRejected,
    ProposalState,
    ProposedChange,
    ProposerUnavailable,
)
from watch_cluster.domain.policy.values.write_back import WriteBack
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

OLD, NEW, NEWER = (f"registry.example/shop:{tag}" for tag in ("1.0.0", "1.1.0", "1.2.0"))
SHOP: Final = WorkloadKey("shop", "Deployment", "shop")
HELM_RELEASE: Final = """\
kind: HelmRelease
metadata:
  name: shop
  annotations:
    watch-cluster.io/enabled: "true"
spec:
  values:
    image:
      repository: registry.example/shop
      tag: 1.0.0 # watch-cluster: tag
"""
OVERLAY: Final = """\
resources: [../../base]
images:
  - name: registry.example/shop
    newTag: 1.0.0
"""


class Bench:
    """A repository that takes commits or requests, and processes that propose there."""

    def __init__(self, folder: Path, mode: str, allowed: str = "apps") -> None:
        self.source = GitSource(folder, mode, allowed)
        self.source.deploy("shop", OLD)
        self._folder = folder
        self._count = 0
        self.proposer = self.process()

    def process(self) -> GitProposer:
        """Another process, which has no clone yet."""
        self._count += 1
        return GitProposer(read_declarations(self.source.declarations), self._folder / f"clones-{self._count}")

    def change(
        self, before: str = OLD, after: str = NEW, rollout: str = "aaa", field: str | None = None
    ) -> ProposedChange:
        fields = () if field is None else (("app", field),)
        place = WriteBack(self.source.path, timedelta(hours=24), fields)
        return ProposedChange(rollout, SHOP, place, (ImageChange("app", before, after),))

    def files(self, **files: str) -> None:
        """Replace the manifests."""
        self.source.repository.commit({path.replace("__", "/"): text for path, text in files.items()}, "Write files")


@pytest.fixture
def commits(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, "commit")
    yield bench
    bench.source.close()


@pytest.fixture
def requests(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, "pull-request")
    yield bench
    assert bench.source.refused == []
    bench.source.close()


def test_a_commit_changes_the_value_alone_and_is_found_again_by_another_process(commits: Bench) -> None:
    before = commits.source.repository.read("apps/shop.yaml")
    first = commits.proposer.propose(commits.change())
    assert first.state is ProposalState.ACCEPTED
    assert commits.source.repository.read("apps/shop.yaml") == before.replace("1.0.0", "1.1.0")
    assert commits.process().propose(commits.change()) == first
    assert commits.source.ours() == [("Update shop/Deployment/shop: app to 1.1.0", "aaa")]


def test_nothing_is_cloned_for_a_check_while_the_branch_stays_as_it_is(commits: Bench) -> None:
    commits.proposer.propose(commits.change())
    commits.source.server.requests.clear()
    commits.proposer.propose(replace(commits.change(), noted=True))
    assert [each for each in commits.source.server.requests if "POST" in each and "receive" in each] == []
    assert len(commits.source.server.requests) <= 3


def test_a_change_that_is_checked_is_not_written(commits: Bench) -> None:
    commits.proposer.check(commits.change())
    assert commits.source.ours() == []


def test_another_push_meanwhile_is_taken_in(commits: Bench) -> None:
    def push() -> None:
        commits.source.server.before_push = None
        commits.files(README__md="Something else")

    commits.source.server.before_push = push
    assert commits.proposer.propose(commits.change()).state is ProposalState.ACCEPTED
    assert commits.source.image("shop") == NEW
    assert commits.source.repository.log()[1] == "Write files"


def test_a_commit_whose_response_is_lost_is_not_made_twice(commits: Bench) -> None:
    def lose() -> None:
        raise ConnectionAbortedError

    commits.source.server.after_push = lose
    with pytest.raises(ProposerUnavailable):
        commits.proposer.propose(commits.change())
    commits.source.server.after_push = None
    assert commits.proposer.propose(commits.change()).state is ProposalState.ACCEPTED
    assert len(commits.source.ours()) == 1


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "not noted"])
def test_an_undone_commit_is_declined(commits: Bench, noted: bool) -> None:
    commits.proposer.propose(commits.change())
    commits.source.undo()
    proposed = commits.process().propose(replace(commits.change(), noted=noted))
    assert proposed.state is ProposalState.DECLINED
    assert commits.source.image("shop") == OLD


def test_a_tag_of_a_chart_is_found_by_its_mark(commits: Bench) -> None:
    commits.files(apps__shop__yaml=HELM_RELEASE)
    commits.source.repository.commit({"apps/shop.yaml": HELM_RELEASE}, "Use a chart")
    commits.proposer.propose(commits.change())
    assert "tag: 1.1.0 # watch-cluster: tag" in commits.source.repository.read("apps/shop.yaml")


def test_a_named_field_is_edited(commits: Bench) -> None:
    commits.source.repository.commit({"apps/shop.yaml": "", "apps/values.yaml": "image:\n  tag: '1.0.0'\n"}, "A chart")
    commits.proposer.propose(commits.change(field="values.yaml:image.tag"))
    assert commits.source.repository.read("apps/values.yaml") == "image:\n  tag: '1.1.0'\n"


def test_an_overlay_is_edited_and_not_its_base_outside_of_the_folder(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "commit", allowed="apps/production")
    base = bench.source.repository.read("apps/shop.yaml")
    files = {"apps/shop.yaml": "", "base/shop.yaml": base, "base/kustomization.yaml": "resources: [shop.yaml]\n"}
    bench.source.repository.commit(files | {"apps/production/kustomization.yaml": OVERLAY}, "Use an overlay")
    change = bench.change()
    there = replace(change, place=replace(change.place, path=f"{bench.source.path}/production"))
    bench.proposer.propose(there)
    assert bench.source.repository.read("base/shop.yaml") == base
    assert bench.source.repository.read("apps/production/kustomization.yaml") == OVERLAY.replace("1.0.0", "1.1.0")
    bench.source.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("https://git.example/team/fleet.git//apps", "is not declared", id="another host"),
        pytest.param("{url}//", "may not write to the top", id="another folder"),
        pytest.param("{url}//apps-of-others", "may not write to apps-of-others", id="a folder with the same beginning"),
    ],
)
def test_an_undeclared_path_cannot_be_written(commits: Bench, path: str, words: str) -> None:
    place = WriteBack(path.format(url=commits.source.repository.url), timedelta(hours=24))
    with pytest.raises(ProposalRejected, match=words):
        commits.proposer.propose(replace(commits.change(), place=place))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"apps/shop.yaml": "kind: Other\n"}, "has no manifest of shop/Deployment/shop", id="none"),
        pytest.param({"apps/b.yaml": HELM_RELEASE, "apps/c.yaml": HELM_RELEASE.replace("name: shop", "name: b"),
                      "apps/shop.yaml": ""}, "is in apps/b.yaml:10, apps/c.yaml:10", id="several"),
    ],
)  # fmt: skip
def test_no_place_or_several_are_named(commits: Bench, files: dict[str, str], words: str) -> None:
    commits.source.repository.commit(files, "Change the manifests")
    with pytest.raises(ProposalRejected, match=words):
        commits.proposer.check(commits.change())


def test_reports_an_expired_token_without_printing_it(commits: Bench) -> None:
    commits.source.server.login = "Basic other"
    with pytest.raises(ProposerUnavailable) as caught:
        commits.proposer.propose(commits.change())
    assert "s3cr3t" not in str(caught.value)
    assert "Authorization" not in str(caught.value)


def test_one_request_is_opened_and_found_again(requests: Bench) -> None:
    first = requests.proposer.propose(requests.change())
    assert first.state is ProposalState.OPEN
    assert requests.process().propose(requests.change()) == first
    assert requests.source.image("shop") == OLD
    assert len(requests.source.forge.pulls) == 1


def test_a_newer_image_replaces_an_open_request(requests: Bench) -> None:
    requests.proposer.propose(requests.change())
    requests.process().propose(requests.change(after=NEWER, rollout="bbb"))
    [request] = requests.source.forge.pulls
    assert request.title == "Update shop/Deployment/shop: app to 1.2.0"
    assert "1.2.0" in requests.source.repository.read("apps/shop.yaml", request.branch)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("closed", ProposalState.DECLINED, id="closed by a person"),
        pytest.param("merged", ProposalState.ACCEPTED, id="merged"),
    ],
)
def test_the_end_of_a_request_is_reported(requests: Bench, state: str, expected: ProposalState) -> None:
    requests.proposer.propose(requests.change())
    requests.source.forge.pulls[0].state = state
    assert requests.process().propose(requests.change()).state is expected


def test_a_request_that_we_closed_was_not_declined(requests: Bench) -> None:
    requests.proposer.propose(requests.change())
    requests.proposer.withdraw(requests.change(), "there is nothing newer any more")
    assert requests.source.forge.pulls[0].state == "closed"
    assert requests.source.repository.branches() == ["main"]
    assert requests.process().propose(requests.change()).state is ProposalState.WITHDRAWN
    requests.process().propose(requests.change(rollout="bbb"))
    assert [each.state for each in requests.source.forge.pulls] == ["closed", "open"]


def test_a_branch_with_commits_of_others_is_left_alone(requests: Bench) -> None:
    requests.proposer.propose(requests.change())
    branch = requests.source.forge.pulls[0].branch
    requests.source.repository.commit({"apps/more.yaml": "kind: More\n"}, "More", branch)
    with pytest.raises(ProposerUnavailable, match="somebody has committed to watch-cluster/shop/deployment/shop"):
        requests.proposer.propose(requests.change(after=NEWER, rollout="bbb"))
    assert requests.source.repository.log(branch)[0] == "More"


def test_the_last_log_line_of_a_container_is_neither_markup_nor_a_trailer(commits: Bench) -> None:
    words = "exit 1: `@everyone`\n\nWatch-Cluster-Rollout: other"
    commits.proposer.propose(replace(commits.change(), failure=words))
    assert commits.source.ours() == [("Roll back shop/Deployment/shop: app to 1.1.0", "aaa")]
