"""Reads and writes the Lease, and translates the API server's refusals."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.lease.record import InvalidLease, LeaseRecord

NAME: Final = "watch-cluster"


class LeaseConflict(Exception):  # noqa: N818 - an expected response
    """The Lease is no longer what was to be replaced; nothing was written."""


class LeaseUnavailable(Exception):  # noqa: N818
    """The Lease cannot be read or written now; after a write it is unknown whether that took effect.

    `kind` groups failures of the same cause; `retry_after` is what the server demands in seconds, 0 for none.
    """

    def __init__(self, message: str, kind: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class LeaseStore:
    """One Lease of a namespace: by default `watch-cluster`, the one of leader election."""

    def __init__(self, api: KubernetesApi, namespace: str, name: str = NAME) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self._leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"

    def read(self, timeout: float) -> LeaseRecord | None:
        """Read the Lease, within that many seconds; None if there is none. Raises `LeaseUnavailable`."""
        try:
            return self._exchange("GET", f"{self._leases}/{self._name}", None, timeout)
        except ApiRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise self._refused(error) from error

    def write(self, record: LeaseRecord, timeout: float) -> LeaseRecord:
        """Create the Lease when no server has seen the record yet, else replace exactly what the record was made of.

        Raises `LeaseConflict` and `LeaseUnavailable`.
        """
        # A replacement that carries `resourceVersion` gets 409 when the object has another one by now
        # (API conventions, "Concurrency Control and Consistency"), and 404 when it is gone.
        method, path, second = "PUT", f"{self._leases}/{self._name}", {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}
        if record.version is None:
            method, path, second = "POST", self._leases, {HTTPStatus.CONFLICT}
        try:
            return self._exchange(method, path, msgspec.json.encode(record.document), timeout)
        except ApiRefused as error:
            if error.status in second:
                raise LeaseConflict(error.message) from error
            raise self._refused(error) from error

    def new(self, tick: str | None) -> LeaseRecord:
        """Start a Lease that has not been written yet."""
        return LeaseRecord.new(self._namespace, self._name, tick)

    def _exchange(self, method: str, path: str, body: bytes | None, timeout: float) -> LeaseRecord:
        content_type = None if body is None else "application/json"
        try:
            return LeaseRecord.parse(
                self._api.request(method, path, body=body, content_type=content_type, timeout=timeout)
            )
        except ApiUnreachable as error:
            raise LeaseUnavailable(str(error), "unreachable") from error
        except InvalidLease as error:
            raise LeaseUnavailable(f"the API server's answer cannot be read: {error}", "unreadable") from error

    def _refused(self, error: ApiRefused) -> LeaseUnavailable:
        remedy = ""
        if error.lacks_right:
            remedy = ": kubectl apply -f k8s/rbac.yaml gives Watch-Cluster the rights on its Lease"
        elif error.status == HTTPStatus.NOT_FOUND:
            remedy = f": kubectl apply -f k8s/namespace.yaml creates the namespace {self._namespace}"
        elif error.status == HTTPStatus.UNAUTHORIZED:
            remedy = ": the API server does not know the token or certificate of Watch-Cluster"
        return LeaseUnavailable(f"{error}{remedy}", str(error.status), error.retry_after)
