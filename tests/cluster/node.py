"""A node that pretends: it runs no container, and tells the API server what a kubelet would.

What an image does there stands in a label of the image itself, which is resolved at the test registry.
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, Final

import httpx

from tests.cluster.images import BEHAVIOUR_LABEL

SLOW_SECONDS: Final = 2.0
"""How long a `slow` image takes to get ready."""
_LOOK_SECONDS: Final = 0.1
_HEARTBEAT_SECONDS: Final = 10.0
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}
_MANIFESTS: Final = "application/vnd.oci.image.manifest.v1+json"


class SimulatedNode:
    """Registers itself and serves the pods that are bound to it, until it is stopped."""

    def __init__(self, api: httpx.Client, registry: str, name: str = "simulated") -> None:
        self._api = api
        self._registry = httpx.Client(base_url=f"http://{registry}", trust_env=False, timeout=5)
        self._registry_host = registry
        self._name = name
        self._stop = Event()
        self._seen: dict[str, float] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._addresses = (f"10.1.{high}.{low}" for high, low in itertools.product(range(256), range(1, 255)))
        self._thread = Thread(target=self._run, name=f"node {name}", daemon=True)

    def start(self) -> None:
        """Register, and begin to serve."""
        self._register()
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._stop.set()
        self._thread.join()
        self._registry.close()
        self._api.close()

    def _run(self) -> None:
        next_heartbeat = 0.0
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                if time.monotonic() >= next_heartbeat:
                    self._beat()
                    next_heartbeat = time.monotonic() + _HEARTBEAT_SECONDS
                self._serve()
            except (httpx.TransportError, httpx.HTTPStatusError):
                # The API server or the registry is away, as the tests have it: a kubelet looks again, too.
                continue

    def _register(self) -> None:
        labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": self._name}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self._name, "labels": labels}}
        self._api.post("/api/v1/nodes", json=node).raise_for_status()
        self._beat()
        # A node that was just registered is tainted until a controller has seen it ready.
        self._api.patch(f"/api/v1/nodes/{self._name}", json={"spec": {"taints": None}}, headers=_MERGE).raise_for_status()

    def _beat(self) -> None:
        now = _now()
        resources = {"cpu": "1000", "memory": "1000Gi", "pods": "10000"}
        status = {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "simulated",
                    "lastHeartbeatTime": now,
                    "lastTransitionTime": now,
                }
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "bootID": "",
                "containerRuntimeVersion": "simulated://1",
                "kernelVersion": "",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.36.3",
                "machineID": "",
                "osImage": "",
                "systemUUID": "",
            },
        }
        path = f"/api/v1/nodes/{self._name}/status"
        self._api.patch(path, json={"status": status}, headers=_MERGE).raise_for_status()

    def _serve(self) -> None:
        answer = self._api.get("/api/v1/pods", params={"fieldSelector": f"spec.nodeName={self._name}"})
        pods = answer.raise_for_status().json()["items"]
        for pod in pods:
            if "deletionTimestamp" in pod["metadata"]:
                self._remove(pod)
            else:
                self._tell(pod)
        present = {pod["metadata"]["uid"] for pod in pods}
        for uid in self._seen.keys() - present:
            del self._seen[uid]
            self._told.pop(uid, None)

    def _remove(self, pod: dict[str, Any]) -> None:
        answer = self._api.request("DELETE", _path(pod), json={"gracePeriodSeconds": 0})
        if answer.status_code not in {200, 404}:
            answer.raise_for_status()

    def _tell(self, pod: dict[str, Any]) -> None:
        uid = pod["metadata"]["uid"]
        age = time.monotonic() - self._seen.setdefault(uid, time.monotonic())
        containers = [self._container(each, age) for each in pod["spec"]["containers"]]
        key = {"containers": [(each["ready"], each["state"].keys()) for each in containers]}
        if self._told.get(uid) == key:
            return
        ready = "True" if all(each["ready"] for each in containers) else "False"
        running = all("running" in each["state"] for each in containers)
        conditions = {"PodScheduled": "True", "Initialized": "True", "ContainersReady": ready, "Ready": ready}
        status: dict[str, Any] = {
            "phase": "Running" if running else "Pending",
            "startTime": pod["metadata"]["creationTimestamp"],
            "conditions": [
                {"type": kind, "status": value, "lastTransitionTime": _now()} for kind, value in conditions.items()
            ],
            "containerStatuses": containers,
        }
        if "podIP" not in pod.get("status", {}):
            address = next(self._addresses)
            status |= {"podIP": address, "podIPs": [{"ip": address}], "hostIP": "127.0.0.1"}
        answer = self._api.patch(f"{_path(pod)}/status", json={"status": status}, headers=_MERGE)
        if answer.status_code != 404:
            answer.raise_for_status()
        self._told[uid] = key

    def _container(self, container: dict[str, Any], age: float) -> dict[str, Any]:
        status = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0}
        found = self._resolve(container["image"])
        if found is None:
            reason = "ErrImagePull" if age < 1 else "ImagePullBackOff"
            waiting = {"reason": reason, "message": f"{container['image']}: not found"}
            return status | {"ready": False, "started": False, "state": {"waiting": waiting}}
        image_id, behaviour = found
        ready = behaviour == "good" or (behaviour == "slow" and age >= SLOW_SECONDS)
        return status | {
            "ready": ready,
            "started": True,
            "imageID": image_id,
            "containerID": f"simulated://{image_id.rpartition(':')[2]}",
            "state": {"running": {"startedAt": _now()}},
        }

    def _resolve(self, image: str) -> tuple[str, str] | None:
        """The image's id as a pod reports it, and what it does; None when there is no such image."""
        host, _, rest = image.partition("/")
        repository, _, tag = rest.rpartition(":")
        if host != self._registry_host or not repository:
            return None
        answer = self._registry.get(f"/v2/{repository}/manifests/{tag}", headers={"Accept": _MANIFESTS})
        if not answer.is_success:
            return None
        digest = answer.headers["Docker-Content-Digest"]
        config = self._registry.get(f"/v2/{repository}/blobs/{answer.json()['config']['digest']}")
        labels = config.raise_for_status().json()["config"]["Labels"]
        return f"{host}/{repository}@{digest}", labels[BEHAVIOUR_LABEL]


def _path(pod: dict[str, Any]) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
