"""The world of the features with a folder of manifests as its orchestrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from dependency_injector import providers

from tests.features.worlds.memory import MemoryWorld
from tests.features.worlds.world import DEADLINE
from watch_cluster.adapters.git.folder.files import Directory
from watch_cluster.adapters.git.folder.orchestrator import FolderOrchestrator
from watch_cluster.application.ports.orchestrator.orchestrator import Orchestrator
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import WorkloadKey


class FolderWorld(MemoryWorld):
    """Writes what people deploy and change into manifests."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._directory = folder
        self._files = FolderOrchestrator(Directory(folder))
        self._ports = providers.Object(self._files.ports())

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
        del deadline, owner, pull_secret
        self._keys[name] = WorkloadKey("default", kind, name)
        policy = {"imagePullPolicy": "Always"} if always_pulled else {}
        template = {"spec": {"containers": [{"name": "app", "image": self.reference(image)} | policy]}}
        spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
        self._write(name, {"kind": kind, "metadata": {"name": name, "annotations": dict(written)}, "spec": spec})

    def annotate(self, name: str, written: Mapping[str, str]) -> None:
        document = self._read(name)
        document["metadata"]["annotations"] |= dict(written)
        self._write(name, document)

    def annotate_namespace(self, written: Mapping[str, str | None]) -> None:
        path = self._path("namespace")
        before = self._read("namespace")["metadata"]["annotations"] if path.exists() else {}
        after = {key: value for key, value in {**before, **written}.items() if value is not None}
        self._write("namespace", {"kind": "Namespace", "metadata": {"name": "default", "annotations": after}})

    def set_image(self, name: str, image: str) -> None:
        document = self._read(name)
        document["spec"]["template"]["spec"]["containers"][0]["image"] = self.reference(image)
        self._write(name, document)

    def delete(self, name: str) -> None:
        self._path(name).unlink()
        self._settle()

    def image(self, name: str) -> str:
        workload = self._files.find(self.key(name))
        return workload.image_of("app") or "" if workload is not None else self._image_in_file(name)

    def runs(self, name: str) -> set[str | None]:
        """What would run: nothing does."""
        return {self.digest(self.image(name).partition("/")[2])}

    def annotation(self, name: str, key: str) -> str | None:
        workload = self._files.find(self.key(name))
        return workload.annotations.get(key) if workload is not None else None

    def written_by_us(self, name: str) -> bool:
        return any(self.annotation(name, key) is not None for key in annotation.WRITTEN)

    def kill(self) -> None:
        super().kill()
        self._files.close()

    def _orchestrator_ports(self) -> providers.Object[Orchestrator]:
        return self._ports

    def _settle(self) -> None:
        self._files.load()
        super()._settle()

    def _image_in_file(self, name: str) -> str:
        spec = self._read(name)["spec"]
        template = spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
        image: str = template["spec"]["containers"][0]["image"]
        return image

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.yaml"

    def _read(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load(self._path(name).read_text())
        return document

    def _write(self, name: str, document: dict[str, Any]) -> None:
        self._path(name).write_text(yaml.safe_dump(document, sort_keys=False))
        self._settle()
