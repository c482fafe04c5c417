"""What a tenant may store or serve to make a process that reads all of it run out of memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

from tests.cluster.cluster import deployment
from tests.hostile.tenant import a_deployment
from tests.servers.registry import RegistryServer, Reply

FAT_BYTES: Final = 1_300_000
"""Nearly as much as etcd takes for one object."""
EVERY_SECOND: Final = "* * * * * ?"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"


def fat_deployments(number: int) -> Iterator[dict[str, Any]]:
    """Deployments of 1.3 MB of arguments, every second one opted in."""
    for each in range(number):
        yield a_deployment(f"fat-{each}", watched=each % 2 == 0, args=["x" * FAT_BYTES])


def fat_annotations(number: int) -> Iterator[dict[str, Any]]:
    """Deployments with 60 KB of our own annotations."""
    for each in range(number):
        yield settings(a_deployment(f"annotated-{each}", watched=True), window="x" * 60_000)


def patterns(number: int) -> Iterator[dict[str, Any]]:
    """Deployments of which each has another expensive regular expression."""
    for each in range(number):
        yield settings(a_deployment(f"pattern-{each}", watched=True), allow_tags=f"{each}[0-9a-z._-]{{500}}")


def fat_pods(number: int) -> Iterator[dict[str, Any]]:
    """Pods of 100 KB of containers, which say that they belong to a Deployment that nobody has."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "odd-abc", "uid": "u", "controller": True}
    for each in range(number):
        yield {
            "kind": "Pod",
            "metadata": {
                "name": f"fat-{each}",
                "labels": {"pod-template-hash": "abc"},
                "ownerReferences": [owner],
            },
            "spec": {
                "schedulingGates": [{"name": "example.com/never"}],
                "containers": [{"name": f"c{index}", "image": f"x:{'1' * 100}"} for index in range(600)],
            },
        }


def pull_secrets(number: int) -> Iterator[dict[str, Any]]:
    """Pull Secrets of 900 KB each."""
    for each in range(number):
        auth = base64.b64encode(b"robot:" + b"p" * 900_000).decode()
        config = json.dumps({"auths": {f"pull-{each}.example": {"auth": auth[:900_000]}}}).encode()
        yield {
            "kind": "Secret",
            "metadata": {"name": f"pull-{each}"},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(config).decode()},
        }


def pullers(number: int, secrets: int) -> Iterator[dict[str, Any]]:
    """Deployments that name so many of those Secrets each, and are checked every second."""
    for each in range(number):
        document = settings(a_deployment(f"puller-{each}", watched=True), cron=EVERY_SECOND)
        names = [{"name": f"pull-{secrets * each + index}"} for index in range(secrets)]
        document["spec"] |= {"paused": False}
        document["spec"]["template"]["spec"]["imagePullSecrets"] = names
        yield document


def followers(registry: str, number: int) -> Iterator[dict[str, Any]]:
    """Deployments that follow a registry of the tenant's own: its endless tag lists, and its endless indexes."""
    for each in range(number):
        document = settings(
            a_deployment(f"follower-{each}", watched=True),
            cron=EVERY_SECOND,
            strategy="version" if each % 2 else "latest",
        )
        document["spec"] |= {"paused": False}
        image = f"{registry}/many-tags-{each}:1.0.0" if each % 2 else f"{registry}/many-platforms-{each}:latest"
        document["spec"]["template"]["spec"]["containers"][0]["image"] = image
        yield document


def serve_floods(registry: RegistryServer, number: int) -> None:
    """Serve lists of 1.5 million tags in one page, and indexes of 27,000 platforms."""
    tags = b'{"name":"x","tags":[' + b",".join(b'"%d"' % (10_000_000 + each) for each in range(1_500_000)) + b"]}"
    entry = '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064d","size":1,'
    entry += '"platform":{"os":"linux","architecture":"a%d"}}'
    index = '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}'
    body = (index % (_INDEX, ",".join(entry % (each, each) for each in range(27_000)))).encode()
    for each in range(number):
        registry.on_tags(Reply(body=tags, headers=(("Content-Type", "application/json"),)), f"many-tags-{each}")
        registry.on_manifest("latest", Reply(body=body, headers=(("Content-Type", _INDEX),)), f"many-platforms-{each}")


def watched(name: str, image: str, /, replicas: int = 1, **values: str) -> dict[str, Any]:
    """A Deployment that is opted in, with these settings."""
    document = deployment(name, image, replicas=replicas)
    document["metadata"]["annotations"] = {"watch-cluster.io/enabled": "true"}
    return settings(document, **values)


def settings(document: dict[str, Any], **values: str) -> dict[str, Any]:
    """Add settings, by the names of the annotations."""
    written = {f"watch-cluster.io/{key.replace('_', '-')}": value for key, value in values.items()}
    document["metadata"]["annotations"] |= written
    return document
