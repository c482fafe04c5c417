"""The world of the features on a real cluster and a real registry; only the clock is fake."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from dependency_injector import providers

from tests.cluster.cluster import Cluster, deployment, leases_in
from tests.cluster.control_plane import ControlPlane
from tests.cluster.nodes.simulated_node import SimulatedNode
from tests.cluster.registry.images import (
    BEHAVIOUR_LABEL,
    SOURCE_LABEL,
    push,
    push_platforms,
    push_signature,
    push_untagged,
)
from tests.cluster.registry.private_registry import PrivateRegistry, by_tokens
from tests.features.worlds.controller import PATIENCE_SECONDS, SOAK, ControllerWorld
from tests.features.worlds.git import WithGit
from tests.features.worlds.world import DEADLINE, password_of
from tests.servers.token_server import TokenServer
from tests.signatures.keys import annotated, payload, public_key
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.kubernetes.client.api import KubernetesApi
from watch_cluster.adapters.kubernetes.lease.leadership import KubernetesLeadership
from watch_cluster.adapters.kubernetes.lease.store import LeaseStore
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.entrypoints.container.container import Container
from watch_cluster.entrypoints.settings.settings import Settings

UNSTICK: Final = Path(__file__).parents[3] / "k8s" / "unstick.yaml"
_NODE_INFO: Final = dict.fromkeys(
    (
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
    ),
    "",
) | {"operatingSystem": "linux"}
_NOTHING_YET: Final = {"imageID": ""}
_NO_DEADLINE: Final = 2**31 - 1


def _pod_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the Pod specification of any kind."""
    spec = document["spec"]
    spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    pod: dict[str, Any] = spec["template"]["spec"]
    return pod


def _deployment(name: str, image: str, deadline: int) -> dict[str, Any]:
    return deployment(name, image, progressDeadlineSeconds=deadline)


def _stateful_set(name: str, image: str, _deadline: int) -> dict[str, Any]:
    return {**deployment(name, image, serviceName=name), "kind": "StatefulSet"}


def _daemon_set(name: str, image: str, _deadline: int) -> dict[str, Any]:
    document = {**deployment(name, image), "kind": "DaemonSet"}
    del document["spec"]["replicas"]
    return document


def _cron_job(name: str, image: str, _deadline: int) -> dict[str, Any]:
    template = deployment(name, image)["spec"]["template"]
    template["spec"]["restartPolicy"] = "Never"
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}


_DOCUMENTS: Final = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "CronJob": _cron_job,
}


class ClosedRegistry:
    """An endpoint of the test registry with access control by a token server."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        with ExitStack() as started:
            self.tokens = started.enter_context(TokenServer())
            registry = started.enter_context(PrivateRegistry(plane, folder, by_tokens(self.tokens, folder)))
            self.host = registry.host
            self.stop = started.pop_all().close


class ClusterWorld(ControllerWorld, WithGit):
    """Implements `World` with the whole controller, as its own ServiceAccount, in a namespace of its own.

    The Lease is in that namespace, too, so that no scenario waits for another's.
    """

    def __init__(
        self, cluster: Cluster, namespace: str, folder: Path, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        ControllerWorld.__init__(self, patience_seconds)
        WithGit.__init__(self, folder)
        self._cluster = cluster
        self._namespace = namespace
        self._editions = 1
        self._registry = OciImageRegistry()
        self._closed: ClosedRegistry | None = None
        self._folder = folder
        self._kinds: dict[str, str] = {}
        self._silent: list[str] = []
        self._others: dict[str, str] = {}
        cluster.kubectl.apply(*leases_in(namespace))

    def publish(self, repository: str, tag: str, behavior: str = "good") -> None:
        self._push(repository, tag, behavior)

    def publish_for(self, repository: str, tag: str, architectures: tuple[str, ...]) -> None:
        name = f"{self._namespace}/{repository}"
        manifests = {each: self._push(repository, f"{tag}-{each}", architecture=each) for each in architectures}
        push_platforms(self._cluster.registry, name, tag, manifests)

    def publish_built(self, repository: str, tag: str, built: datetime) -> None:
        self._push(repository, tag, built=built)

    def publish_from(self, repository: str, tag: str, source: str) -> None:
        labels = {"Labels": {BEHAVIOUR_LABEL: "good", SOURCE_LABEL: source}}
        self._push(repository, tag, configuration=labels)

    def have_nodes(self, architectures: tuple[str, ...]) -> None:
        """Create the simulated node, and others that stay unready and therefore run nothing."""
        for each in set(architectures) - {"amd64"}:
            labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": each}
            node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"silent-{each}", "labels": labels}}
            self._cluster.kubectl.apply(node)
            status = {"status": {"nodeInfo": {**_NODE_INFO, "architecture": each}}}
            self._cluster.kubectl(
                "patch", "node", f"silent-{each}", "--subresource=status", "--type=merge", "-p", json.dumps(status)
            )
            self._silent.append(f"silent-{each}")

    def publish_nothing(self, repository: str) -> None:
        push_untagged(self._cluster.registry, f"{self._namespace}/{repository}")

    def republish(self, repository: str, tag: str) -> None:
        self._editions += 1
        self._push(repository, tag, edition=self._editions)

    def digest(self, image: str) -> str:
        reference = ImageReference.parse(f"{self._cluster.registry}/{self._namespace}/{image}")
        return self._registry.digest(reference.repository, reference.effective_tag or "")

    def close_registry(self) -> None:
        assert self._cluster.control_plane is not None
        assert isinstance(self._cluster.node, SimulatedNode)
        self._closed = ClosedRegistry(self._cluster.control_plane, self._folder)
        self._cluster.node.take_for_registry(self._closed.host)

    def permit(self, user: str, repository: str) -> None:
        assert self._closed is not None
        self._closed.tokens.readers.setdefault(f"{self._namespace}/{repository}", set()).add(user)

    def give_login(self, secret: str, user: str, password: str | None = None) -> None:
        assert self._closed is not None
        self._closed.tokens.passwords[user] = password_of(user)
        login = (f"--docker-username={user}", f"--docker-password={password or password_of(user)}")
        command = ("create", "secret", "docker-registry", secret, "-n", self._namespace)
        self._cluster.kubectl(*command, f"--docker-server={self._closed.host}", *login)

    def sign(self, image: str, signer: str) -> None:
        digest, repository = self.digest(image), f"{self._namespace}/{image.partition(':')[0]}"
        push_signature(self._cluster.registry, repository, digest, payload(digest), annotated(signer, digest))

    def give_key(self, secret: str, signer: str) -> None:
        text = f"--from-literal=cosign.pub={public_key(signer).pem.decode()}"
        self._cluster.kubectl("create", "secret", "generic", secret, "-n", self._namespace, text)

    def give_account(self, secret: str) -> None:
        accounts = f"/api/v1/namespaces/{self._namespace}/serviceaccounts"
        self.eventually(lambda: bool(self._cluster.read(accounts)["items"]), "the namespace has its account")
        brought = json.dumps({"imagePullSecrets": [{"name": secret}]})
        self._cluster.kubectl("patch", "serviceaccount", "default", "-n", self._namespace, "-p", brought)

    def request_count(self, repository: str) -> int:
        assert self._counting is not None
        return self._counting.queries[f"{self._cluster.registry}/{self._namespace}/{repository}"]

    def registry_down(self) -> None:
        assert self._cluster.control_plane is not None
        self._cluster.control_plane.registry_server.stop()

    def registry_back(self) -> None:
        assert self._cluster.control_plane is not None
        self._cluster.control_plane.registry_server.start()

    def deploy(
        self,
        name: str,
        image: str,
        written: Mapping[str, str],
        deadline: timedelta | None = DEADLINE,
        *,
        always_pulled: bool = False,
        owner: str | None = None,
        kind: str = "Deployment",
        pull_secret: str | None = None,
    ) -> None:
        self._kinds[name] = kind
        seconds = _NO_DEADLINE if deadline is None else round(deadline.total_seconds())
        key = self.key(name)
        document = _DOCUMENTS[kind](key.name, self.reference(image), seconds)
        _pod_of(document)["containers"][0]["imagePullPolicy"] = "Always" if always_pulled else "IfNotPresent"
        if pull_secret is not None:
            _pod_of(document)["imagePullSecrets"] = [{"name": pull_secret}]
        owners = [] if owner is None else [self._owner(owner)]
        document["metadata"] = {
            "name": key.name,
            "namespace": key.namespace,
            "annotations": dict(written),
            "ownerReferences": owners,
        }
        self._cluster.kubectl.apply(document)
        self._observed(name, written)

    def have_namespaces(self, *names: str) -> None:
        for name in names:
            self._others[name] = f"{self._namespace}-{name}"
            self._cluster.kubectl("create", "namespace", self._others[name])

    def apply_from_git(self, name: str) -> None:
        labels = ("kustomize.toolkit.fluxcd.io/name=apps", "kustomize.toolkit.fluxcd.io/namespace=flux-system")
        self._cluster.kubectl("label", "-n", self._namespace, self._named(name), *labels)

    def scale(self, name: str, replicas: int) -> None:
        self._cluster.kubectl("scale", "-n", self._namespace, self._named(name), f"--replicas={replicas}")
        self.eventually(lambda: len(self.runs(name)) == min(replicas, 1), f"{name} has {replicas} replicas")

    def runs(self, name: str) -> set[str | None]:
        found = self._cluster.read(f"/api/v1/namespaces/{self._namespace}/pods", labelSelector=f"app={name}")
        statuses = [
            status for pod in found["items"] for status in pod["status"].get("containerStatuses", [_NOTHING_YET])
        ]
        return {status["imageID"].rpartition("@")[2] or None for status in statuses}

    def annotate(self, name: str, written: Mapping[str, str]) -> None:
        pairs = [f"{key}={value}" for key, value in written.items()]
        self._cluster.kubectl("annotate", "--overwrite", "-n", self._namespace, self._named(name), *pairs)
        self._observed(name, written)

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        pairs = [f"{key}-" if value is None else f"{key}={value}" for key, value in written.items()]
        self._cluster.kubectl("annotate", "--overwrite", "namespace", self._namespace, *pairs)
        if self._container is None:
            return
        reader = self._container.orchestrator().reader

        def seen() -> bool:
            found = [each.inherited for each in reader.workloads()]
            return all(each.get(key) == value for each in found for key, value in written.items())

        self.eventually(seen, f"the controller sees {dict(written)} on the namespace")
        self._settle()

    def pause(self, name: str, *, paused: bool) -> None:
        self._cluster.kubectl("rollout", "pause" if paused else "resume", "-n", self._namespace, self._named(name))
        if self._container is None:
            return
        reader = self._container.orchestrator().reader

        def seen() -> bool:
            workload = reader.find(self.key(name))
            return workload is not None and workload.paused is paused

        self.eventually(seen, f"the controller sees that {name} is {'paused' if paused else 'resumed'}")
        self._settle()

    def set_image(self, name: str, image: str) -> None:
        self._cluster.kubectl("set", "image", "-n", self._namespace, self._named(name), f"app={self.reference(image)}")

    def undo(self, name: str) -> None:
        self._cluster.kubectl("rollout", "undo", "-n", self._namespace, self._named(name))

    def limit_replicas(self, most: int | None) -> None:
        hard = {} if most is None else {"pods": str(most)}
        metadata = {"name": "limit", "namespace": self._namespace}
        self._cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}}
        )
        path = f"/api/v1/namespaces/{self._namespace}/resourcequotas/limit"
        self.eventually(lambda: self._cluster.read(path).get("status", {}).get("hard", {}) == hard, "the quota counts")

    def permit_removal(self) -> None:
        role, _ = yaml.safe_load_all(UNSTICK.read_text())
        self._cluster.kubectl.apply(role)
        command = ("create", "rolebinding", "unstick", "-n", self._namespace)
        account = "--serviceaccount=watch-cluster:watch-cluster"
        self._cluster.kubectl(*command, f"--clusterrole={role['metadata']['name']}", account)

    def delete(self, name: str) -> None:
        self._cluster.kubectl("delete", "-n", self._namespace, self._named(name))
        if self._container is not None:
            reader = self._container.orchestrator().reader
            self.eventually(lambda: reader.find(self.key(name)) is None, f"{name} is seen to be gone")
        self._settle()

    def halt(self, name: str) -> None:
        assert self._container is not None
        states = self._container.use_cases.states()

        def halted() -> bool:
            text = self.annotation(name, annotation.ROLLOUT)
            progress = states.of(self.key(name)).progress_of(RolloutRecord.parse(text)) if text is not None else None
            found = self._object(name)
            wanted, status = found["spec"]["replicas"], found["status"]
            updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
            outdated = status["replicas"] - updated
            missing = wanted - updated + max(0, wanted - available) + outdated
            return updated > 0 and outdated > 0 and progress is not None and progress.missing == missing

        self.eventually(halted, f"the controller sees new pods of {name} beside the old ones")

    def image(self, name: str) -> str:
        image: str = _pod_of(self._object(name))["containers"][0]["image"]
        return image

    def annotation(self, name: str, key: str) -> str | None:
        annotations: dict[str, str] = self._object(name)["metadata"].get("annotations", {})
        return annotations.get(key)

    def written_by_us(self, name: str) -> bool:
        metadata = self._object(name)["metadata"]
        managers = {each["manager"] for each in metadata["managedFields"]}
        return "watch-cluster" in managers or bool(annotation.WRITTEN & metadata.get("annotations", {}).keys())

    def events(self, name: str) -> list[tuple[str, str]]:
        uid = self._object(name)["metadata"]["uid"]
        found = self._cluster.read(
            f"/api/v1/namespaces/{self._namespace}/events", fieldSelector=f"involvedObject.uid={uid}"
        )
        ours = [each for each in found["items"] if each.get("reportingComponent", "").startswith(annotation.DOMAIN)]
        return [(each["reason"], each["message"]) for each in ours]

    def build(self) -> Container:
        settings = Settings(
            WATCH_NAMESPACES=(self._namespace, *self._others.values()),
            POD_NAMESPACE=self._namespace,
            KUBECONFIG=str(self._cluster.kubeconfig),
            REGISTRY_PLAIN_HTTP=(self._cluster.registry,),
            MAX_CONCURRENT_ROLLOUTS=self._most_rollouts,
            GIT_REPOSITORIES=self.declarations,
            NOTIFICATIONS=self._channels.file(self._folder),
            workload_defaults={annotation.SOAK: SOAK},
        )
        container = Container(
            settings=settings, clock=providers.Object(self._clock), outbox=providers.Object(self._outbox)
        )
        # A lease is kept against other processes, in real seconds.
        lease = providers.Singleton(
            KubernetesLeadership,
            LeaseStore(KubernetesApi.connect(str(self._cluster.kubeconfig)), self._namespace),
            SystemClock(),
            container.identity,
        )
        container.leadership.override(lease)
        return container

    def close(self) -> None:
        self.stop()
        for each in self._others.values():
            self._cluster.kubectl("delete", "namespace", each, "--wait=false")
        for node in self._silent:
            # A DaemonSet of the next scenario would want to run there.
            self._cluster.kubectl("delete", "node", node)
        self._registry.close()
        self.close_git()
        if self._counting is not None:
            self._counting.close()
        if self._closed is not None:
            self._closed.stop()

    def reference(self, image: str) -> str:
        registry = self._cluster.registry if self._closed is None else self._closed.host
        return f"{registry}/{self._namespace}/{image}"

    def _push(
        self,
        repository: str,
        tag: str,
        behavior: str = "good",
        edition: int = 1,
        architecture: str = "amd64",
        built: datetime | None = None,
        configuration: Mapping[str, object] | None = None,
    ) -> str:
        name, program = f"{self._namespace}/{repository}", self._cluster.program
        return push(self._cluster.registry, name, tag, behavior, edition, program, architecture, built, configuration)

    def _owner(self, name: str) -> dict[str, object]:
        """Create a real owner, because Kubernetes deletes objects whose owner does not exist."""
        self._cluster.kubectl("create", "configmap", "-n", self._namespace, name)
        found = self._cluster.read(f"/api/v1/namespaces/{self._namespace}/configmaps/{name}")
        uid = found["metadata"]["uid"]
        return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "controller": True}

    def key(self, name: str) -> WorkloadKey:
        namespace, _, short = name.rpartition("/")
        return WorkloadKey(self._others.get(namespace, self._namespace), self._kinds.get(name, "Deployment"), short)

    def _object(self, name: str) -> dict[str, Any]:
        kind = self._kinds.get(name, "Deployment")
        group = "batch" if kind == "CronJob" else "apps"
        key = self.key(name)
        path = f"/apis/{group}/v1/namespaces/{key.namespace}/{kind.lower()}s/{key.name}"
        found: dict[str, Any] = self._cluster.read(path)
        return found

    def _named(self, name: str) -> str:
        return f"{self._kinds.get(name, 'Deployment').lower()}/{name}"

    def _observed(self, name: str, written: Mapping[str, str]) -> None:
        """Wait until a running controller has observed the annotations.

        A request to check is answered by removing it, which may be before it can be seen here.
        """
        written = {key: value for key, value in written.items() if key != annotation.CHECK_NOW}
        if self._container is None or not written:
            return
        reader = self._container.orchestrator().reader

        def seen() -> bool:
            workload = reader.find(self.key(name))
            return workload is not None and written.items() <= workload.annotations.items()

        self.eventually(seen, f"the controller sees {dict(written)} on {name}")
        self._settle()
