"""What each source writes, as its provider documents it, and how it proves who it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.hooks.bodies.reading import InvalidBody
from watch_cluster.adapters.hooks.proofs import HookRequest
from watch_cluster.adapters.hooks.sources import SOURCES

SECRET: Final = "a-secret-of-the-registry"


def _event(action: str, repository: str, media_type: str) -> dict[str, Any]:
    return {
        "id": "320678d8-ca14-430f-8bb6-4ca139cd83f7",
        "timestamp": "2016-03-09T14:44:26.402973972-08:00",
        "action": action,
        "target": {
            "mediaType": media_type,
            "size": 708,
            "digest": "sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf",
            "repository": repository,
            "url": f"http://192.168.100.227:5000/v2/{repository}/manifests/sha256:fea8",
            "tag": "latest",
        },
        "request": {"id": "6df24a34", "addr": "192.168.64.11:42961", "host": "192.168.100.227:5000", "method": "PUT"},
        "actor": {},
        "source": {"addr": "xtal.local:5000", "instanceID": "a53db899-3b4b-4a62-a067-8dd013beaca4"},
    }


MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DISTRIBUTION: Final = {"events": [_event("push", "team/app", MANIFEST), _event("push", "team/app", MANIFEST)]}
DOCKER_HUB: Final = {
    "callback_url": "https://registry.hub.docker.com/u/svendowideit/testhook/hook/2141b5bi5i5b02bec211i4eeih0242eg/",
    "push_data": {"pushed_at": 1417566161, "pusher": "trustedbuilder", "tag": "latest"},
    "repository": {
        "comment_count": 0,
        "name": "testhook",
        "namespace": "svendowideit",
        "repo_name": "svendowideit/testhook",
        "repo_url": "https://registry.hub.docker.com/u/svendowideit/testhook/",
        "star_count": 0,
        "status": "Active",
    },
}
HARBOR_DATA: Final = {
    "resources": [
        {
            "digest": "sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8",
            "tag": "latest",
            "resource_url": "hub.harbor.com/test-webhook/debian:latest",
        }
    ],
    "repository": {
        "date_created": 1586922308,
        "name": "debian",
        "namespace": "test-webhook",
        "repo_full_name": "test-webhook/debian",
        "repo_type": "private",
    },
}
HARBOR: Final = {"type": "PUSH_ARTIFACT", "occur_at": 1586922308, "operator": "admin", "event_data": HARBOR_DATA}
HARBOR_CLOUD_EVENT: Final = {
    "specversion": "1.0",
    "id": "66ff3ac8",
    "source": "/projects/1/webhook/policies/15",
    "type": "harbor.artifact.pushed",
    "datacontenttype": "application/json",
    "data": HARBOR_DATA,
    "operator": "admin",
}
QUAY: Final = {
    "name": "repository",
    "repository": "mynamespace/repository",
    "namespace": "mynamespace",
    "docker_url": "quay.io/mynamespace/repository",
    "homepage": "https://quay.io/repository/mynamespace/repository",
    "updated_tags": ["latest"],
}
ACR: Final = {
    "id": "cb8c3971-9adc-488b-xxxx-43cbb4974ff5",
    "timestamp": "2017-11-17T16:52:01.343145347Z",
    "action": "push",
    "target": {
        "mediaType": MANIFEST,
        "size": 524,
        "digest": "sha256:xxxxd5c8786bb9e621a45ece0dbxxxx1cdc624ad20da9fe62e9d25490f33xxxx",
        "length": 524,
        "repository": "hello-world",
        "tag": "v1",
    },
    "request": {"id": "3cbb6949", "host": "myregistry.azurecr.io", "method": "PUT", "useragent": "docker/17.09.0-ce"},
}
ECR: Final = {
    "version": "0",
    "id": "13cde686-328b-6117-af20-0e5566167482",
    "detail-type": "ECR Image Action",
    "source": "aws.ecr",
    "account": "123456789012",
    "time": "2019-11-16T01:54:34Z",
    "region": "us-west-2",
    "resources": [],
    "detail": {
        "result": "SUCCESS",
        "repository-name": "my-repository-name",
        "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
        "action-type": "PUSH",
        "image-tag": "latest",
    },
}


def _pub_sub(message: dict[str, str]) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(message).encode()).decode()
    return {"message": {"data": data, "messageId": "136969346945"}, "subscription": "projects/p/subscriptions/s"}


ARTIFACT_REGISTRY: Final = _pub_sub(
    {
        "action": "INSERT",
        "digest": "us-east1-docker.pkg.dev/my-project/my-repo/hello-world@sha256:6ec128e26cd5",
        "tag": "us-east1-docker.pkg.dev/my-project/my-repo/hello-world:1.1",
    }
)
PACKAGE: Final = {
    "id": 10696,
    "name": "Hello-Docker",
    "namespace": "Codertocat",
    "package_type": "CONTAINER",
    "owner": {"login": "Codertocat", "id": 21031067},
    "package_version": {"id": 1, "package_url": "ghcr.io/codertocat/hello-docker:latest"},
}
GHCR: Final = {"action": "published", "package": PACKAGE}
GHCR_REGISTRY_PACKAGE: Final = {"action": "published", "registry_package": PACKAGE}
GITLAB_PIPELINE: Final = {
    "object_kind": "pipeline",
    "object_attributes": {"id": 31, "ref": "master", "status": "success"},
    "project": {"id": 1, "name": "Gitlab Test", "path_with_namespace": "gitlab-org/gitlab-test"},
}
GITEA: Final = {
    "action": "created",
    "repository": None,
    "package": {
        "id": 7,
        "owner": {"id": 1, "login": "team"},
        "name": "app",
        "type": "container",
        "version": "1.1.0",
    },
    "sender": {"login": "me"},
}
JFROG: Final = {
    "domain": "docker",
    "event_type": "pushed",
    "data": {
        "repo_key": "docker-local",
        "event_type": "pushed",
        "path": "library/ubuntu/latest/list.manifest.json",
        "name": "list.manifest.json",
        "size": 1206,
        "image_name": "library/ubuntu",
        "tag": "latest",
        "platforms": [{"architecture": "amd64", "os": "linux"}],
    },
    "subscription_key": "test",
    "jpd_origin": "https://example.jfrog.io/artifactory",
}


def read(source: str, document: object) -> list[str]:
    return [str(each) for each in SOURCES[source].read(json.dumps(document).encode())]


@pytest.mark.parametrize(
    ("source", "document", "pushed"),
    [
        pytest.param("distribution", DISTRIBUTION, ["/team/app"], id="distribution"),
        pytest.param("docker-hub", DOCKER_HUB, ["docker.io/svendowideit/testhook"], id="Docker Hub"),
        pytest.param("harbor", HARBOR, ["/test-webhook/debian"], id="Harbor"),
        pytest.param("harbor", HARBOR_CLOUD_EVENT, ["/test-webhook/debian"], id="Harbor, as a CloudEvent"),
        pytest.param("quay", QUAY, ["quay.io/mynamespace/repository"], id="Quay"),
        pytest.param("acr", ACR, ["myregistry.azurecr.io/hello-world"], id="ACR"),
        pytest.param("ecr", ECR, ["/my-repository-name"], id="ECR"),
        pytest.param(
            "artifact-registry",
            ARTIFACT_REGISTRY,
            ["us-east1-docker.pkg.dev/my-project/my-repo/hello-world"],
            id="Artifact Registry",
        ),
        pytest.param("ghcr", GHCR, ["ghcr.io/codertocat/hello-docker"], id="GHCR, package"),
        pytest.param("ghcr", GHCR_REGISTRY_PACKAGE, ["ghcr.io/codertocat/hello-docker"], id="GHCR, registry_package"),
        pytest.param("gitlab", DISTRIBUTION, ["/team/app"], id="GitLab's own registry"),
        pytest.param("gitlab", GITLAB_PIPELINE, ["/gitlab-org/gitlab-test/"], id="a pipeline of GitLab"),
        pytest.param("gitea", GITEA, ["/team/app"], id="Gitea"),
        pytest.param("jfrog", JFROG, ["/library/ubuntu", "/docker-local/library/ubuntu"], id="JFrog"),
        pytest.param("generic", {"repository": "nginx:1.27"}, ["docker.io/library/nginx"], id="generic"),
        pytest.param("generic", {"repositories": ["a.io/b", "a.io:5000/c"]}, ["a.io/b", "a.io:5000/c"], id="several"),
    ],
)
def test_reads_the_documented_body(source: str, document: object, pushed: list[str]) -> None:
    assert read(source, document) == pushed


@pytest.mark.parametrize(
    ("source", "document"),
    [
        pytest.param("distribution", {"events": [_event("pull", "team/app", MANIFEST)]}, id="a pull"),
        pytest.param(
            "distribution", {"events": [_event("push", "team/app", "application/octet-stream")]}, id="a single layer"
        ),
        pytest.param("harbor", HARBOR | {"type": "PULL_ARTIFACT"}, id="a pull from Harbor"),
        pytest.param("acr", {"id": "1", "action": "ping"}, id="a ping of ACR"),
        pytest.param("ecr", ECR | {"detail": {"action-type": "DELETE", "repository-name": "a"}}, id="a deleted image"),
        pytest.param("artifact-registry", _pub_sub({"action": "DELETE", "tag": "a.dev/b/c:1"}), id="a deleted tag"),
        pytest.param("ghcr", {"zen": "Keep it logically awesome.", "hook_id": 1}, id="a ping of GitHub"),
        pytest.param("ghcr", {"action": "published", "package": PACKAGE | {"package_type": "npm"}}, id="npm"),
        pytest.param("gitea", GITEA | {"action": "deleted"}, id="a deleted package"),
        pytest.param("gitlab", GITLAB_PIPELINE | {"object_attributes": {"status": "running"}}, id="it runs"),
        pytest.param("jfrog", JFROG | {"event_type": "deleted"}, id="a deleted tag of JFrog"),
        pytest.param("generic", {}, id="nothing"),
    ],
)
def test_an_event_that_is_no_push_makes_no_check_due(source: str, document: object) -> None:
    assert read(source, document) == []


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 60_000, id="brackets"),
        pytest.param(b'"push"', id="another type"),
    ],
)
def test_reports_an_unknown_body_without_quoting_it(source: str, body: bytes) -> None:
    with pytest.raises(InvalidBody, match=r"^the body is not what this source sends$"):
        SOURCES[source].read(body)


@pytest.mark.parametrize("name", ["UPPER/case", "a.io/b@sha256:1", "../../etc", "a b", "x" * 300])
def test_a_name_that_no_image_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidBody, match="names no repository"):
        read("distribution", {"events": [_event("push", name, MANIFEST)]})


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize("source", SOURCES)
@given(document=JSON)
def test_whatever_is_sent_is_read_or_refused(source: str, document: object) -> None:
    try:
        pushed = SOURCES[source].read(json.dumps(document).encode())
    except InvalidBody:
        return
    assert len(pushed) <= 1


BODY: Final = b'{"repository": "nginx"}'
DIGEST: Final = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("source", "headers", "token"),
    [
        pytest.param("distribution", {"authorization": f"Bearer {SECRET}"}, "", id="distribution"),
        pytest.param("harbor", {"authorization": SECRET}, "", id="Harbor sends the bare value"),
        pytest.param("acr", {"authorization": f"bearer {SECRET}"}, "", id="ACR"),
        pytest.param("ecr", {"authorization": f"Bearer {SECRET}"}, "", id="ECR"),
        pytest.param("docker-hub", {}, SECRET, id="Docker Hub"),
        pytest.param("quay", {}, SECRET, id="Quay"),
        pytest.param("artifact-registry", {}, SECRET, id="Artifact Registry"),
        pytest.param("ghcr", {"x-hub-signature-256": f"sha256={DIGEST}"}, "", id="GHCR"),
        pytest.param("gitea", {"x-gitea-signature": DIGEST}, "", id="Gitea"),
        pytest.param("gitlab", {"x-gitlab-token": SECRET}, "", id="a webhook of GitLab"),
        pytest.param("gitlab", {"authorization": f"Bearer {SECRET}"}, "", id="the registry of GitLab"),
        pytest.param("jfrog", {"x-jfrog-event-auth": SECRET}, "", id="JFrog"),
        pytest.param("jfrog", {"x-jfrog-event-auth": DIGEST}, "", id="JFrog, signed"),
        pytest.param("generic", {"authorization": f"Bearer {SECRET}"}, "", id="generic"),
        pytest.param("generic", {"x-hub-signature-256": f"sha256={DIGEST}"}, "", id="generic, signed"),
    ],
)
def test_only_requests_with_the_secret_are_accepted(source: str, headers: dict[str, str], token: str) -> None:
    proof = SOURCES[source].proof
    assert proof(HookRequest(source, headers, BODY, token), SECRET)
    assert not proof(HookRequest(source, headers, BODY, token), SECRET.upper())
    assert not proof(HookRequest(source, {}, BODY), SECRET)
    assert not proof(HookRequest(source, dict.fromkeys(headers, "é\udcff"), BODY, "é"), SECRET)


@pytest.mark.parametrize("source", ["ghcr", "gitea"])
def test_a_signature_is_good_for_one_body(source: str) -> None:
    headers = {"x-hub-signature-256": f"sha256={DIGEST}", "x-gitea-signature": DIGEST}
    assert not SOURCES[source].proof(HookRequest(source, headers, BODY + b" "), SECRET)


def test_no_secret_is_shown_when_a_request_is_printed() -> None:
    request = HookRequest("quay", {"authorization": SECRET}, SECRET.encode(), SECRET)
    assert SECRET not in repr(request)
