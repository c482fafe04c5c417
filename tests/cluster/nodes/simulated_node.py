"""A node that pretends: it runs no container, and tells the API server what a kubelet would.

What an image does there stands in a label of the image itself, which is resolved at the test registry.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any, Final

import httpx

from tests.cluster.nodes.pod_status import NotPulled, PulledImage, pod_status, timestamp
from tests.cluster.registry.images import BEHAVIOUR_LABEL

_LOOK_SECONDS: Final = 0.1
_HEARTBEAT: Final = timedelta(seconds=10)
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_GONE_OR_ANOTHER: Final = {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}


@dataclass(slots=True)
class _Pod:
    """What the node remembers of a pod: since when it has it, what it pulled, what it said last."""

    since: datetime
    address: str
    images: dict[str, PulledImage | NotPulled] = field(default_factory=dict)
    told: object = None


class SimulatedNode:
    """Registers itself and serves the pods that are bound to it, until it is stopped.

    It looks at its pods ten times a second rather than watching them, and so has nothing to mend when the API server
    was away or has forgotten its history.
    """

    def __init__(self, api: httpx.Client, registry: str, name: str = "simulated") -> None:
        self._api = api
        self._registry = httpx.Client(base_url=f"http://{registry}", trust_env=False, timeout=5)
        self._hosts = {registry}
        self._name = name
        self._stop = Event()
        self._pods: dict[str, _Pod] = {}
        self._addresses = (f"10.1.{high}.{low}" for high, low in itertools.product(range(256), range(1, 255)))
        self._registered = datetime.now(UTC)
        self._thread = Thread(target=self._run, name=f"node {name}", daemon=True)

    def start(self) -> None:
        """Register, and begin to serve."""
        self._register()
        self._thread.start()

    def take_for_registry(self, host: str) -> None:
        """Pull images of that host, too: another door to the same registry, for which this node needs no login."""
        self._hosts.add(host)

    def stop(self) -> None:
        """Stop serving."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._registry.close()
        self._api.close()

    def _run(self) -> None:
        next_heartbeat = datetime.now(UTC)
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                if datetime.now(UTC) >= next_heartbeat:
                    self._beat()
                    next_heartbeat = datetime.now(UTC) + _HEARTBEAT
                self._serve()
            except httpx.HTTPError:
                # The API server is away, as the tests have it: a kubelet looks again, too.
                continue

    def _register(self) -> None:
        labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": self._name}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self._name, "labels": labels}}
        self._api.post("/api/v1/nodes", json=node).raise_for_status()
        self._beat()
        # A node that was just registered is tainted until a controller has seen it ready.
        self._patch(f"/api/v1/nodes/{self._name}", {"spec": {"taints": None}}).raise_for_status()

    def _beat(self) -> None:
        resources = {"cpu": "1000", "memory": "1000Gi", "pods": "10000"}
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "simulated",
            "lastHeartbeatTime": timestamp(datetime.now(UTC)),
            "lastTransitionTime": timestamp(self._registered),
        }
        status = {"capacity": resources, "allocatable": resources, "conditions": [ready]}
        self._patch(f"/api/v1/nodes/{self._name}/status", {"status": status}).raise_for_status()

    def _serve(self) -> None:
        answer = self._api.get("/api/v1/pods", params={"fieldSelector": f"spec.nodeName={self._name}"})
        pods = {pod["metadata"]["uid"]: pod for pod in answer.raise_for_status().json()["items"]}
        for pod in pods.values():
            if "deletionTimestamp" in pod["metadata"]:
                self._remove(pod)
            else:
                self._tell(pod)
        for uid in self._pods.keys() - pods.keys():
            del self._pods[uid]

    def _remove(self, pod: dict[str, Any]) -> None:
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}}
        _accept(self._api.request("DELETE", _path(pod), json=body))

    def _tell(self, pod: dict[str, Any]) -> None:
        uid, now = pod["metadata"]["uid"], datetime.now(UTC)
        ours = self._pods.get(uid)
        if ours is None:
            ours = self._pods[uid] = _Pod(now, next(self._addresses))
        for image in {each["image"] for each in pod["spec"]["containers"]}:
            # What could not be pulled is tried again, what was pulled stays as it is: like a kubelet.
            if not isinstance(ours.images.get(image), PulledImage):
                ours.images[image] = self._pull(image)
        status = pod_status(pod, ours.images, now - ours.since, now, ours.address)
        if status["containerStatuses"] == ours.told:
            return
        _accept(self._patch(f"{_path(pod)}/status", {"metadata": {"uid": uid}, "status": status}))
        ours.told = status["containerStatuses"]

    def _patch(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._api.patch(path, json=body, headers=_MERGE)

    def _pull(self, image: str) -> PulledImage | NotPulled:
        """Pull as containerd does, with its words for what goes wrong."""
        host, _, rest = image.partition("/")
        name, _, digest = rest.partition("@")
        repository, _, tag = name.partition(":")
        failed = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}"'
        if not rest or not name.islower():
            return NotPulled(f"couldn't parse image name {image!r}: invalid reference format", "InvalidImageName")
        if host not in self._hosts:
            return NotPulled(f"{failed}: failed to do request: Head {host}: dial tcp: lookup {host}: no such host")
        try:
            manifest = self._manifest(repository, digest or tag or "latest")
            told = manifest.headers["Docker-Content-Digest"]
            if "manifests" in manifest.json():
                # A kubelet runs its own platform's, and tells the digest that it was asked to pull.
                platforms = {each["platform"]["architecture"]: each["digest"] for each in manifest.json()["manifests"]}
                if "amd64" not in platforms:
                    return NotPulled(f"{failed}: no match for platform in manifest: not found")
                manifest = self._manifest(repository, platforms["amd64"])
            config = self._registry.get(
                f"/v2/{repository}/blobs/{manifest.json()['config']['digest']}"
            ).raise_for_status()
        except httpx.HTTPStatusError as error:
            missing = error.response.status_code == httpx.codes.NOT_FOUND
            why = (
                f"{image}: not found"
                if missing
                else f"unexpected status from HEAD request: {error.response.status_code}"
            )
            return NotPulled(f"{failed}: {why}")
        except httpx.HTTPError:
            return NotPulled(
                f"{failed}: failed to do request: Head {host}: dial tcp {host}: connect: connection refused"
            )
        behavior = config.json()["config"]["Labels"][BEHAVIOUR_LABEL]
        return PulledImage(f"{host}/{repository}@{told}", behavior)

    def _manifest(self, repository: str, name: str) -> httpx.Response:
        accept = {"Accept": f"{_MANIFEST}, {_INDEX}"}
        return self._registry.get(f"/v2/{repository}/manifests/{name}", headers=accept).raise_for_status()


def _accept(answer: httpx.Response) -> None:
    """Pods may go at any time, and come again under the same name: only other refusals are errors."""
    if answer.status_code not in _GONE_OR_ANOTHER:
        answer.raise_for_status()


def _path(pod: dict[str, Any]) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
