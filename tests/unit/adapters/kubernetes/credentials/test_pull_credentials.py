"""Which Secrets of a workload count, what is made of them, and what becomes of those that cannot be read."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kubernetes import client
from structlog.testing import capture_logs

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from tests.servers.kubernetes_api import FakeKubernetesApi, Reply
from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.credentials.pull_credentials import (
    MAX_CACHED_BYTES,
    MAX_READERS,
    MAX_SECRETS,
    KubernetesPullCredentials,
)
from watch_cluster.application.ports.registry.pull_credentials import PullCredentials, PullCredentialsUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload.workload import Workload, WorkloadKey

HUNTER = "hunter2"
FORBIDDEN = Reply.refusal(403, "Forbidden", 'secrets "x" is forbidden: User "w" cannot get resource "secrets"')
ABSENT = Reply.refusal(404, "NotFound", 'secrets "x" not found')
CONFIG = "kubernetes.io/dockerconfigjson"
LEGACY = "kubernetes.io/dockercfg"
Logs = list[MutableMapping[str, Any]]


class Cluster:
    """Secrets and ServiceAccounts of an API server, and the adapter on it."""

    def __init__(self, server: FakeKubernetesApi, api: KubernetesApi) -> None:
        self.server = server
        self.clock = FakeClock()
        self.credentials: PullCredentials = KubernetesPullCredentials(api, self.clock)
        server.others.clear()
        server.others.append(ABSENT)

    def secret(self, name: str, *users: str, namespace: str = "team", key: str = "r.io", **fields: object) -> None:
        """Keep a Secret with a credential for each user, all under one key."""
        auths = {
            f"{'https://' * (number % 2)}{key}{'/v2/' * (number // 2)}": auth(user) for number, user in enumerate(users)
        }
        document = {"type": CONFIG, "data": {".dockerconfigjson": encoded({"auths": auths})}, **fields}
        self.server.objects[self.path("secrets", name, namespace)] = Reply.of(document)

    def account(self, name: str, *secrets: str, namespace: str = "team") -> None:
        document = {"imagePullSecrets": [{"name": each} for each in secrets]}
        self.server.objects[self.path("serviceaccounts", name, namespace)] = Reply.of(document)

    def path(self, plural: str, name: str, namespace: str = "team") -> str:
        return f"/api/v1/namespaces/{namespace}/{plural}/{name}"

    def users(self, workload: Workload, image: str = "r.io/shop") -> list[str]:
        """The user names of the candidates, whose password is always the same."""
        found = self.credentials.candidates(workload, ImageReference.parse(image).repository)
        assert all(each == Credential(each.username, HUNTER) for each in found)
        return [each.username for each in found]

    def requested(self) -> list[str]:
        """The paths below the namespace that were requested since the last time."""
        requests, self.server.requests = self.server.requests, []
        assert {each.method for each in requests} <= {"GET"}
        return [each.path.removeprefix("/api/v1/namespaces/") for each in requests]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    server = FakeKubernetesApi()
    with server:
        api = KubernetesApi(client.ApiClient(client.Configuration(host=server.url)))
        yield Cluster(server, api)
        api.close()


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as captured:
        yield captured


def auth(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{HUNTER}".encode()).decode()}


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def shop(*pull_secrets: str, namespace: str = "team", account: str = "default") -> Workload:
    key = WorkloadKey(namespace, "Deployment", "shop")
    return replace(a_workload("r.io/shop"), key=key, pull_secrets=pull_secrets, service_account=account)


def test_pull_secrets_of_the_pod_template_replace_those_of_the_account(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    cluster.secret("other", "alice")
    cluster.account("default", "other")
    assert cluster.users(shop("regcred")) == ["robot"]
    assert cluster.requested() == ["team/secrets/regcred"]


@pytest.mark.parametrize("account", ["default", "builder"])
def test_pull_secrets_of_the_account_are_used_if_the_template_has_none(cluster: Cluster, account: str) -> None:
    cluster.secret("regcred", "robot")
    cluster.account(account, "regcred")
    assert cluster.users(shop(account=account)) == ["robot"]
    assert cluster.requested() == [f"team/serviceaccounts/{account}", "team/secrets/regcred"]


def test_one_secret_that_opens_nothing_does_not_bring_back_those_of_the_account(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    cluster.account("default", "regcred")
    assert cluster.users(shop("absent")) == []
    assert cluster.users(shop("")) == []


def test_all_secrets_form_one_keyring_in_their_order(cluster: Cluster) -> None:
    cluster.secret("wide", "robot", key="*.io")
    cluster.secret("first", "alice", "bob", key="r.io")
    cluster.secret("second", "carol", key="r.io")
    cluster.secret("deep", "dave", key="r.io/shop")
    assert cluster.users(shop("wide", "first", "second", "deep")) == ["dave", "alice", "bob", "carol", "robot"]


def test_a_secret_of_the_older_type_holds_the_bare_map(cluster: Cluster) -> None:
    cluster.secret("old", type=LEGACY, data={".dockercfg": encoded({"r.io": auth("robot")})})
    assert cluster.users(shop("old")) == ["robot"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"type": "Opaque"}, id="another type"),
        pytest.param({"type": LEGACY}, id="the other type's data"),
        pytest.param({"data": {".dockercfg": encoded({"r.io": auth("robot")})}}, id="the other data"),
        pytest.param({"data": {".dockerconfigjson": ""}}, id="empty data"),
        pytest.param({"data": {".dockerconfigjson": None}}, id="null data"),
        pytest.param({"data": None}, id="no data"),
    ],
)
def test_skips_other_secrets_silently(cluster: Cluster, logs: Logs, fields: dict[str, Any]) -> None:
    cluster.secret("odd", "robot", **fields)
    cluster.secret("regcred", "alice")
    assert cluster.users(shop("odd", "regcred")) == ["alice"]
    assert logs == []


def test_skips_a_missing_secret_or_account_silently(cluster: Cluster, logs: Logs) -> None:
    cluster.secret("regcred", "robot")
    assert cluster.users(shop("absent", "regcred")) == ["robot"]
    assert cluster.users(shop(account="absent")) == []
    assert logs == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../../evil/secrets/regcred",
        "%2e%2e/regcred",
        "regcred?watch=1",
        "regcred/token",
        "Regcred",
        "regcred\n",
        "réglage",
        "a" * 254,
    ],
)
def test_never_reads_a_secret_with_an_invalid_name(cluster: Cluster, name: str) -> None:
    cluster.secret("regcred", "robot", namespace="evil")
    assert cluster.users(shop(name)) == []
    assert cluster.users(shop(account=name)) == []
    assert cluster.requested() == []


def test_credentials_of_one_namespace_are_not_used_for_another(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot", namespace="team")
    cluster.account("default", "regcred", namespace="team")
    assert cluster.users(shop("regcred")) == cluster.users(shop()) == ["robot"]
    assert cluster.users(shop("regcred", namespace="others")) == []
    assert cluster.users(shop(namespace="others")) == []


def test_a_read_value_is_cached_for_a_minute(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    cluster.account("default", "regcred")
    assert cluster.users(shop()) == cluster.users(shop("regcred")) == ["robot"]
    assert cluster.users(shop(), "quay.io/shop") == []
    assert len(cluster.requested()) == 2
    cluster.secret("regcred", "alice")
    cluster.clock.advance(timedelta(seconds=59))
    assert cluster.users(shop()) == ["robot"]
    cluster.clock.advance(timedelta(seconds=1))
    assert cluster.users(shop()) == ["alice"]
    assert len(cluster.requested()) == 2


def test_many_checks_at_once_read_a_secret_once(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    cluster.server.answering.clear()
    with ThreadPoolExecutor(8) as pool:
        checks = [pool.submit(cluster.users, shop("regcred")) for _ in range(8)]
        wait_until(lambda: all(each.running() for each in checks), "all checks are under way")
        cluster.server.answering.set()
        assert [each.result() for each in checks] == [["robot"]] * 8
    assert cluster.requested() == ["team/secrets/regcred"]


def test_a_namespace_with_many_large_secrets_displaces_only_its_own(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    assert cluster.users(shop("regcred")) == ["robot"]
    large = "x" * 80_000
    names = [f"s{number}" for number in range(MAX_CACHED_BYTES // len(large) + 1)]
    for name in names:
        cluster.secret(name, large, namespace="greedy")
        assert cluster.users(shop(name, namespace="greedy")) == [large]
    assert len(cluster.requested()) == 1 + len(names)
    assert cluster.users(shop("regcred")) == ["robot"]
    assert cluster.requested() == []
    assert cluster.users(shop(names[0], namespace="greedy")) == [large]
    assert cluster.requested() == [f"greedy/secrets/{names[0]}"], "what is displaced is read again"


def test_a_namespace_whose_secrets_take_long_leaves_a_reader_to_the_others(cluster: Cluster) -> None:
    cluster.secret("regcred", "robot")
    cluster.server.answering.clear()
    with ThreadPoolExecutor(2 * MAX_READERS) as pool:
        slow = [pool.submit(cluster.users, shop(f"s{each}", namespace="greedy")) for each in range(2 * MAX_READERS - 1)]
        try:
            wait_until(lambda: len(cluster.server.requests) >= MAX_READERS - 1, "greedy has its readers")
            honest = pool.submit(cluster.users, shop("regcred"))
            own = cluster.path("secrets", "regcred")
            wait_until(lambda: own in {each.path for each in cluster.server.requests}, "team's Secret is requested", 9)
            assert len(cluster.server.requests) == MAX_READERS
        finally:
            cluster.server.answering.set()
        assert honest.result() == ["robot"]
        assert [each.result() for each in slow] == [[]] * len(slow)


def test_an_endless_list_of_secrets_is_cut_and_logged_once(cluster: Cluster, logs: Logs) -> None:
    workload = shop(*(f"s{number}" for number in range(1000)))
    assert cluster.users(workload) == cluster.users(workload) == []
    assert len(cluster.requested()) == MAX_SECRETS
    [entry] = logs
    assert entry["event"] == "team/Deployment/shop: only 64 pull secrets are read"


@pytest.mark.parametrize(
    ("plural", "kind", "workload"),
    [
        pytest.param("secrets/regcred", "Secrets", shop("regcred"), id="of Secrets"),
        pytest.param("serviceaccounts/default", "ServiceAccounts", shop(), id="of ServiceAccounts"),
    ],
)
def test_without_the_permission_it_is_anonymous_and_logged_once(
    cluster: Cluster, logs: Logs, plural: str, kind: str, workload: Workload
) -> None:
    cluster.secret("regcred", "robot")
    cluster.account("default", "regcred")
    path, allowed = f"/api/v1/namespaces/team/{plural}", cluster.server.objects[f"/api/v1/namespaces/team/{plural}"]
    line = {
        "event": f"no permission to read {kind} in namespace team: its private images are queried"
        " anonymously; see docs/operating.md",
        "log_level": "warning",
    }
    for reply, users, lines in (
        (FORBIDDEN, [], [line]),
        (FORBIDDEN, [], [line]),
        (allowed, ["robot"], [line]),
        (FORBIDDEN, [], [line, line]),
        (ABSENT, [], [line, line]),
        (FORBIDDEN, [], [line, line, line]),
    ):
        cluster.server.objects[path] = reply
        assert cluster.users(workload) == users
        assert logs == lines
        cluster.clock.advance(timedelta(minutes=1))


def test_each_namespace_without_the_right_is_named(cluster: Cluster, logs: Logs) -> None:
    cluster.server.others.append(FORBIDDEN)
    cluster.server.others.popleft()
    for namespace in ("team", "others", "team"):
        assert cluster.users(shop("a", "b", namespace=namespace)) == []
    assert [entry["event"].split(":")[0].rpartition(" ")[2] for entry in logs] == ["team", "others"]


@pytest.mark.parametrize("workload", [shop("regcred"), shop()], ids=["Secret", "ServiceAccount"])
@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        pytest.param(
            Reply.refusal(500, "InternalError", "etcd is away"), "500 InternalError: etcd is away", id="fault"
        ),
        pytest.param(Reply.refusal(429, "TooManyRequests", "slow down"), "429", id="too many requests"),
        pytest.param(Reply.refusal(401, "Unauthorized", "who?"), "does not know the token", id="not known"),
        pytest.param(Reply(body=b'{"data": "hunter2"'), "answer cannot be read", id="half a document"),
        pytest.param(Reply.of(["hunter2"]), "answer cannot be read", id="another document"),
        pytest.param(
            Reply.of({"type": CONFIG, "data": {".dockerconfigjson": "hunter2!"}, "imagePullSecrets": "hunter2"}),
            "answer cannot be read",
            id="another field",
        ),
        pytest.param(Reply(short_by=7), "cannot be reached", id="half an answer"),
    ],
)
def test_any_other_error_is_one_line_to_retry_and_is_not_cached(
    cluster: Cluster, logs: Logs, workload: Workload, reply: Reply, complaint: str
) -> None:
    cluster.secret("regcred", "robot")
    cluster.account("default", "regcred")
    path = cluster.path("secrets", "regcred") if workload.pull_secrets else cluster.path("serviceaccounts", "default")
    good, cluster.server.objects[path] = cluster.server.objects[path], reply
    with pytest.raises(PullCredentialsUnavailable, match=complaint) as caught:
        cluster.users(workload)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert ("Secret regcred" if workload.pull_secrets else "ServiceAccount default") in message
    assert "namespace team" in message
    assert HUNTER not in "".join(traceback.format_exception(caught.value))
    assert logs == []
    cluster.server.objects[path] = good
    assert cluster.users(workload) == ["robot"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(HUNTER, "it is not a Docker config.json", id="no JSON"),
        pytest.param(json.dumps({"auths": {"r.io": {"auth": HUNTER}}}), "its entry 1 has an auth", id="a broken entry"),
        pytest.param(json.dumps({"auths": {HUNTER: HUNTER}}), "its entry 1 is not", id="no entry"),
    ],
)
def test_skips_an_invalid_secret_and_logs_it_once_without_its_contents(
    cluster: Cluster, logs: Logs, text: str, why: str
) -> None:
    cluster.secret("regcred", "robot")
    cluster.secret("broken", data={".dockerconfigjson": base64.b64encode(text.encode()).decode()})
    for _ in range(2):
        assert cluster.users(shop("broken", "regcred")) == ["robot"]
        cluster.clock.advance(timedelta(minutes=1))
    [entry] = logs
    assert entry["event"].startswith(f"the pull secret broken in namespace team is passed over: {why}")
    assert HUNTER not in str(logs)
    assert base64.b64encode(text.encode()).decode() not in str(logs)

    cluster.secret("broken", "alice")
    assert cluster.users(shop("broken", "regcred")) == ["alice", "robot"]
    cluster.clock.advance(timedelta(minutes=1))
    cluster.secret("broken", data={".dockerconfigjson": encoded([])})
    cluster.users(shop("broken"))
    assert len(logs) == 2
