"""A real node: the kubelet, containerd and runc, for the tests that must see what really happens to containers.

It needs root on Linux, and the Debian packages containerd, runc and containernetworking-plugins.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Final

import httpx
import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.nodes.mounts import found, unmount, unmount_all
from tests.cluster.processes import Server, free_port

NAME: Final = "real"
_BRIDGE: Final = "watchcluster0"
_PLUGINS: Final = Path("/usr/lib/cni")
_COMMANDS: Final = ("containerd", "ctr", "runc", "setpriv", "umount")
_STOP_SECONDS: Final = 20


def missing() -> str | None:
    """What this machine lacks for a real node, in one line that says what to do; None when it lacks nothing."""
    if os.geteuid() != 0:
        return "a real node needs root"
    absent = [each for each in _COMMANDS if not Path(found(each)).is_absolute()]
    if absent or not (_PLUGINS / "bridge").exists():
        return (
            f"a real node needs {', '.join(absent) or 'the CNI plugins'}:"
            " apt-get install containerd runc containernetworking-plugins"
        )
    return None


class RealNode:
    """Registers itself and runs the pods that are bound to it, until it is stopped."""

    def __init__(self, plane: ControlPlane, binary: Path, folder: Path, pause_image: str) -> None:
        self._plane = plane
        self._binary = binary
        self._folder = folder
        self._pause_image = pause_image
        self._socket = folder / "containerd.sock"
        self._health = free_port()
        self._containerd = Server(
            "containerd",
            # Whatever happens to the tests, containerd does not outlive them; the kubelet sees to that itself.
            [
                found("setpriv"),
                "--pdeathsig",
                "TERM",
                found("containerd"),
                "--config",
                str(folder / "containerd.toml"),
            ],
            folder,
            self._serves,
        )
        self._kubelet = Server(
            "kubelet",
            [
                str(binary),
                "kubelet",
                f"--config={folder / 'kubelet.yaml'}",
                f"--kubeconfig={plane.admin_kubeconfig}",
                f"--root-dir={folder / 'kubelet'}",
                f"--cert-dir={folder / 'kubelet-certificates'}",
                f"--hostname-override={NAME}",
                "--node-ip=127.0.0.1",
            ],
            folder,
            self._is_ready,
        )

    def start(self) -> None:
        """Start containerd and the kubelet, and wait until the node is ready. Raises `ServerFailed`."""
        self._write_containerd()
        self._write_network()
        self._write_kubelet()
        try:
            self._containerd.start()
            self._kubelet.start(120)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, with all that containers have left; the bridge stays, for the next node to take."""
        self._kubelet.stop()
        networks: set[Path] = set()
        if self._containerd.running:
            for container in self._ctr("containers", "list", "--quiet").split():
                networks |= self._networks_of(container)
                self._ctr("tasks", "kill", "--signal", "SIGKILL", container)
                self._ctr("tasks", "delete", "--force", container)
        self._containerd.stop()
        unmount_all(self._folder)
        for network in networks:
            unmount(network)
            network.unlink(missing_ok=True)

    def _networks_of(self, container: str) -> set[Path]:
        """The network namespaces that were made for the container."""
        told = self._ctr("containers", "info", container)
        namespaces = json.loads(told)["Spec"]["linux"]["namespaces"] if told else []
        paths = {Path(each["path"]) for each in namespaces if each["type"] == "network" and "path" in each}
        return {each for each in paths if each.parent.name == "netns"}

    def _ctr(self, *arguments: str) -> str:
        done = subprocess.run(
            [found("ctr"), "--address", str(self._socket), "--namespace", "k8s.io", *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=_STOP_SECONDS,
        )
        return done.stdout

    def _serves(self) -> bool:
        return bool(self._ctr("version"))

    def _is_ready(self) -> bool:
        with self._plane.admin_client() as client:
            try:
                node = client.get(f"/api/v1/nodes/{NAME}")
            except httpx.TransportError:
                return False
        if not node.is_success:
            return False
        conditions = {each["type"]: each["status"] for each in node.json()["status"].get("conditions", [])}
        return conditions.get("Ready") == "True" and not node.json()["spec"].get("taints")

    def _write_containerd(self) -> None:
        cri = 'plugins."io.containerd.grpc.v1.cri"'
        (self._folder / "containerd.toml").write_text(
            f"""version = 2
root = "{self._folder}/containerd"
state = "{self._folder}/containerd-state"
[grpc]
address = "{self._socket}"
[{cri}]
sandbox_image = "{self._pause_image}"
restrict_oom_score_adj = true
[{cri}.containerd]
snapshotter = "native"
default_runtime_name = "runc"
[{cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[{cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
[{cri}.cni]
bin_dir = "{_PLUGINS}"
conf_dir = "{self._folder}/network"
"""
        )

    def _write_network(self) -> None:
        addresses = {
            "type": "host-local",
            "dataDir": str(self._folder / "addresses"),
            "ranges": [[{"subnet": "10.89.0.0/16"}]],
        }
        plugins = [{"type": "bridge", "bridge": _BRIDGE, "isGateway": True, "ipam": addresses}]
        network = {"cniVersion": "1.0.0", "name": "watch-cluster-tests", "plugins": plugins}
        folder = self._folder / "network"
        folder.mkdir()
        (folder / "10-bridge.conflist").write_text(json.dumps(network))

    def _write_kubelet(self) -> None:
        never = {
            "memory.available": "0%",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        }
        document = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": f"unix://{self._socket}",
            "failSwapOn": False,
            "failCgroupV1": False,
            "cgroupDriver": "cgroupfs",
            "cgroupsPerQOS": False,
            "enforceNodeAllocatable": [],
            "evictionHard": never,
            "imageGCHighThresholdPercent": 100,
            "syncFrequency": "1s",
            "nodeStatusUpdateFrequency": "2s",
            "port": free_port(),
            "healthzPort": self._health,
            "resolvConf": "",
            "staticPodPath": "",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "serializeImagePulls": False,
            "featureGates": {"KubeletCrashLoopBackOffMax": True},
            "crashLoopBackOff": {"maxContainerRestartPeriod": "2s"},
        }
        (self._folder / "kubelet.yaml").write_text(yaml.safe_dump(document))
