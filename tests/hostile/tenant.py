"""A tenant who may do in one namespace what the cluster role `edit` allows, and means no good."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Self

import httpx

from tests.cluster.cluster import Cluster, deployment


class Tenant:
    """Requests to the API server with the token of the tenant's own ServiceAccount."""

    def __init__(self, namespace: str, client: httpx.Client) -> None:
        self.namespace = namespace
        self._client = client

    @classmethod
    def in_namespace(cls, cluster: Cluster, namespace: str) -> Self:
        """Give the namespace's account `tenant` the role `edit` there, and nothing elsewhere."""
        plane = cluster.control_plane
        assert plane is not None
        kubectl = cluster.kubectl
        kubectl("-n", namespace, "create", "serviceaccount", "tenant")
        kubectl(
            "-n",
            namespace,
            "create",
            "rolebinding",
            "tenant",
            "--clusterrole=edit",
            f"--serviceaccount={namespace}:tenant",
        )
        token = kubectl("-n", namespace, "create", "token", "tenant").strip()
        client = httpx.Client(
            base_url=plane.server,
            verify=plane.trust(),
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )
        return cls(namespace, client)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create(self, document: dict[str, Any]) -> None:
        """Create an object; fails with what the API server says when it refuses."""
        group, plural = _PLACES[document["kind"]]
        path = f"{group}/namespaces/{self.namespace}/{plural}"
        answer = self._client.post(path, json=document)
        accepted: set[int] = set()
        for _ in range(_ATTEMPTS):
            if not answer.is_server_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            # A store that is flooded may take its time, and have taken the object all the same.
            accepted = {httpx.codes.CONFLICT}
            answer = self._client.post(path, json=document)
        assert answer.is_success or answer.status_code in accepted, answer.text[:500]

    def create_all(self, documents: Iterable[dict[str, Any]]) -> None:
        """Create many objects, a few at once; of a generator, no more are built than that."""
        with ThreadPoolExecutor(4) as pool:
            left = iter(documents)
            while batch := list(islice(left, 16)):
                list(pool.map(self.create, batch))

    def request(self, method: str, path: str, document: dict[str, Any] | None = None) -> httpx.Response:
        """Send any other request, of any path of the API server."""
        return self._client.request(method, path, json=document)

    def apply(self, path: str, document: dict[str, Any]) -> httpx.Response:
        """Apply fields on the server's side."""
        headers = {"Content-Type": "application/apply-patch+yaml"}
        return self._client.patch(path, content=json.dumps(document).encode(), headers=headers)

    def patch(self, path: str, body: bytes | dict[str, Any]) -> httpx.Response:
        """Send a merge patch to an object of the tenant's namespace."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._client.patch(f"/apis/apps/v1/namespaces/{self.namespace}/{path}", content=content, headers=headers)


_ATTEMPTS = 20
_PLACES = {
    "Deployment": ("/apis/apps/v1", "deployments"),
    "Pod": ("/api/v1", "pods"),
    "Secret": ("/api/v1", "secrets"),
}


def a_deployment(name: str, *, watched: bool = False, **container: Any) -> dict[str, Any]:
    """A Deployment that nobody rolls out: it is paused and has no replicas."""
    document = deployment(name, "registry.example/odd:1.0.0", replicas=0, paused=True)
    document["spec"]["template"]["spec"]["containers"][0] |= container
    if watched:
        document["metadata"]["annotations"] = {"watch-cluster.io/enabled": "true"}
    return document
