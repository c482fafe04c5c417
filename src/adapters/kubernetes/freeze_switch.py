"""Freezes namespaces by an annotation on them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespaces
from watch_cluster.adapters.kubernetes.resources.workloads.patch import encoded
from watch_cluster.adapters.kubernetes.resources.workloads.workload_reading import FIELD_MANAGER
from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorUnavailable
from watch_cluster.application.ports.orchestrator.workload_writer import ChangeRejected
from watch_cluster.domain.workload.annotation import FREEZE

REQUEST_SECONDS: Final = 10.0
_NAMESPACES: Final = Namespaces()


class KubernetesFreezeSwitch:
    """Implements the port `FreezeSwitch`."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    def freeze(self, namespace: str, reason: str | None) -> None:
        """Annotate the namespace, as the port says."""
        try:
            self._api.request(
                "PATCH",
                _NAMESPACES.path(namespace),
                query=[("fieldManager", FIELD_MANAGER)],
                body=encoded({"metadata": {"annotations": {FREEZE: reason}}}),
                content_type="application/merge-patch+json",
                timeout=REQUEST_SECONDS,
            )
        except ApiUnreachable as error:
            raise OrchestratorUnavailable(f"namespace {namespace} cannot be patched: {error}") from error
        except ApiRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise ChangeRejected(f"there is no namespace {namespace}") from error
            raise ChangeRejected(f"the API server refuses to patch namespace {namespace}: {error}") from error
