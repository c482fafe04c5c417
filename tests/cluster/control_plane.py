"""A real control plane and a real registry on loopback, for one test run."""

from __future__ import annotations

import json
import ssl
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Final

import httpx
import yaml

from tests.cluster.kubectl import Kubectl
from tests.cluster.processes import Server, answers, free_port

_ADMIN_TOKEN: Final = "admin-of-the-tests"


class ControlPlane:
    """etcd, kube-apiserver, kube-controller-manager, kube-scheduler and the distribution registry.

    With `old`, the binary of `tests.cluster.build_old`, the API server and the controller manager are those of
    Kubernetes 1.20, and there is no scheduler: today's does not know that API server.
    """

    def __init__(self, binary: Path, folder: Path, old: Path | None = None) -> None:
        self._binary = str(binary)
        self._kubernetes = str(old or binary)
        self._of_1_20 = old is not None
        self._folder = folder
        self._etcd = f"http://127.0.0.1:{free_port()}"
        self._certificates = folder / "certificates"
        self.server = f"https://127.0.0.1:{free_port()}"
        self.registry = f"127.0.0.1:{free_port()}"
        self.admin_kubeconfig = folder / "admin.kubeconfig"
        self.kubectl = Kubectl((self._binary, "kubectl"), self.admin_kubeconfig)
        self.images = folder / "registry"
        self._key = folder / "accounts.key"
        self._make_keys()
        self._servers = {
            "etcd": self._etcd_server(),
            "kube-apiserver": self._api_server(),
            "kube-controller-manager": self._controller_manager(),
            **({} if self._of_1_20 else {"kube-scheduler": self._scheduler()}),
            "registry": self._registry_server(),
        }

    def start(self) -> None:
        """Start everything. Raises `ServerFailed`, with nothing left running."""
        try:
            for name in ("registry", "etcd", "kube-apiserver"):
                self._servers[name].start()
            self._write_admin_kubeconfig()
            for name in ("kube-controller-manager", "kube-scheduler"):
                if name in self._servers:
                    self._servers[name].start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything."""
        for server in reversed(self._servers.values()):
            server.stop()

    @property
    def api_server(self) -> Server:
        """The API server alone, to be stopped, hung and started again."""
        return self._servers["kube-apiserver"]

    @property
    def registry_server(self) -> Server:
        """The registry alone; what was pushed survives its stop."""
        return self._servers["registry"]

    def registry_command(self, configuration: Path) -> list[str]:
        """What starts another registry with a configuration of its own."""
        return [self._binary, "registry", str(configuration)]

    def compact(self) -> None:
        """Make the API server forget its history, so that a watch from an older version is answered 410.

        The API server's own cache would still know it: it is started again.
        """
        with httpx.Client(base_url=self._etcd, trust_env=False) as client:
            answer = client.post("/v3/kv/range", json={"key": b64encode(b"/").decode()}).raise_for_status().json()
            revision = answer["header"]["revision"]
            client.post("/v3/kv/compaction", json={"revision": revision, "physical": True}).raise_for_status()
        self.api_server.stop()
        self.api_server.start()

    @property
    def etcd_server(self) -> Server:
        """The store behind the API server alone."""
        return self._servers["etcd"]

    def trust(self) -> ssl.SSLContext:
        """Trust the API server's certificate alone."""
        return ssl.create_default_context(cafile=str(self._certificates / "apiserver.crt"))

    def admin_client(self) -> httpx.Client:
        """A client with all rights."""
        return httpx.Client(
            base_url=self.server,
            verify=self.trust(),
            headers={"Authorization": f"Bearer {_ADMIN_TOKEN}"},
            trust_env=False,
            timeout=10,
        )

    def _make_keys(self) -> None:
        subprocess.run([self._binary, "service-account-key", str(self._key)], check=True, capture_output=True)
        (self._folder / "tokens.csv").write_text(f'{_ADMIN_TOKEN},admin,admin,"system:masters"\n')

    def _etcd_server(self) -> Server:
        port = self._etcd.rpartition(":")[2]
        command = [self._binary, "etcd", "--data-dir", str(self._folder / "etcd")]
        command += ["--client-port", port, "--peer-port", str(free_port())]
        return Server("etcd", command, self._folder, lambda: answers(f"{self._etcd}/health"))

    def _api_server(self) -> Server:
        command = [
            self._kubernetes,
            "kube-apiserver",
            f"--etcd-servers={self._etcd}",
            f"--secure-port={self.server.rpartition(':')[2]}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self._certificates}",
            f"--service-account-key-file={self._key}",
            f"--service-account-signing-key-file={self._key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--allow-privileged",
            *(("--insecure-port=0",) if self._of_1_20 else ()),
        ]
        return Server("kube-apiserver", command, self._folder, self._api_server_answers)

    def _api_server_answers(self) -> bool:
        try:
            with self.admin_client() as client:
                return client.get("/readyz").is_success
        except (httpx.TransportError, OSError):
            return False

    def _controller_manager(self) -> Server:
        port = free_port()
        command = [
            self._kubernetes,
            "kube-controller-manager",
            f"--kubeconfig={self.admin_kubeconfig}",
            "--use-service-account-credentials",
            "--kube-api-qps=300",  # a thousand workloads are no reason to wait for minutes
            "--kube-api-burst=600",
            f"--service-account-private-key-file={self._key}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            *(("--port=0",) if self._of_1_20 else ()),
        ]
        return Server("kube-controller-manager", command, self._folder, lambda: _listens(port))

    def _scheduler(self) -> Server:
        port = free_port()
        command = [
            self._binary,
            "kube-scheduler",
            f"--kubeconfig={self.admin_kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
        ]
        return Server("kube-scheduler", command, self._folder, lambda: _listens(port))

    def _registry_server(self) -> Server:
        configuration = self._folder / "registry.yaml"
        document = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.images)}},
            "http": {"addr": self.registry},
        }
        configuration.write_text(yaml.safe_dump(document))
        command = self.registry_command(configuration)
        return Server("registry", command, self._folder, lambda: answers(f"http://{self.registry}/v2/"))

    def _write_admin_kubeconfig(self) -> None:
        certificate = b64encode((self._certificates / "apiserver.crt").read_bytes()).decode()
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "test", "cluster": {"server": self.server, "certificate-authority-data": certificate}}
            ],
            "users": [{"name": "test", "user": {"token": _ADMIN_TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        }
        self.admin_kubeconfig.write_text(json.dumps(document))


def _listens(port: int) -> bool:
    try:
        # Its certificate is its own business: that it speaks TLS at all is enough.
        httpx.get(f"https://127.0.0.1:{port}/healthz", verify=False, trust_env=False)  # noqa: S501
    except httpx.TransportError:
        return False
    return True
