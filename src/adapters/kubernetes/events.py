"""Writes Events of the cluster, which `kubectl describe` shows beside the workload."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.micro_time import micro_time
from watch_cluster.adapters.kubernetes.client.permissions import Permissions
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.reporting.notifier import NotifierUnavailable
from watch_cluster.domain.printable import printable
from watch_cluster.domain.rollout.event import Event
from watch_cluster.tools.ongoing import Ongoing

_API_VERSIONS: Final = {kind.name: kind.group_versions[0] for kind in KINDS}

# Limits of events.k8s.io/v1 (pkg/apis/core/validation/events.go): bytes, though its messages say characters.
_NOTE_BYTES: Final = 1024
_INSTANCE_BYTES: Final = 128
_NAME_LENGTH: Final = 253
_CONTROLLER: Final = "watch-cluster.io/watch-cluster"
_ACTION: Final = "Update"
_ELLIPSIS: Final = "…"

_TIMEOUT_SECONDS: Final = 10.0
_LATER: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class _Series(msgspec.Struct):
    """Part of events/v1 EventSeries."""

    count: int = 1


class _Repeated(msgspec.Struct):
    """Part of events/v1 Event."""

    series: _Series = msgspec.field(default_factory=_Series)


class KubernetesEvents:
    """Implements the port `Notifier` with `events.k8s.io/v1`.

    The Event's name carries the identity, so that the API server itself rejects duplicates while it keeps the Event (an
    hour by default); a state that lasts becomes a series. `instance` names this process.
    """

    def __init__(self, api: KubernetesApi, clock: Clock, instance: str) -> None:
        self._api = api
        self._clock = clock
        self._instance = _cut(instance, _INSTANCE_BYTES)
        self._log = structlog.get_logger()
        self._failures = Ongoing()
        self._permissions = Permissions(clock.monotonic)

    def notify(self, event: Event) -> None:
        """Create the Event. Raises `NotifierUnavailable` when the API server may accept it later."""
        namespace = event.workload.namespace
        try:
            self._api.request(
                "POST",
                f"/apis/events.k8s.io/v1/namespaces/{namespace}/events",
                body=json.dumps(self._document(event)).encode(),
                content_type="application/json",
                timeout=_TIMEOUT_SECONDS,
            )
        except ApiUnreachable as error:
            raise NotifierUnavailable(f"{event.workload}: no Event {event.reason}: {error}") from error
        except ApiRefused as error:
            self._refused(event, error)
        else:
            self._permissions.granted(namespace)
            self._failures.ends(namespace)

    def _refused(self, event: Event, error: ApiRefused) -> None:
        if error.status == HTTPStatus.CONFLICT:
            if event.is_ongoing:
                self._repeat(event)
            return
        transient = error.status in _LATER or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if transient or self._permissions.may_be_granted_soon(event.workload.namespace, error):
            raise NotifierUnavailable(f"{event.workload}: no Event {event.reason}: {error}") from error
        self._give_up(event, error)

    def _repeat(self, event: Event) -> None:
        """Increment the series of the Event, which exists already. Best effort."""
        now = micro_time(self._clock.now())
        try:
            body = self._patch(event, {"lastObservedTime": now})
        except ApiRefused as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                return
            # Without a count there is no series: two is its least (pkg/apis/core/validation/events.go).
            series: dict[str, object] = {"count": 2, "lastObservedTime": now}
        except ApiUnreachable:
            return
        else:
            series = {"count": msgspec.json.decode(body, type=_Repeated).series.count + 1}
        with suppress(ApiRefused, ApiUnreachable):
            self._patch(event, series)

    def _patch(self, event: Event, series: dict[str, object]) -> bytes:
        name = event_name(event.workload.name, event.identity)
        return self._api.request(
            "PATCH",
            f"/apis/events.k8s.io/v1/namespaces/{event.workload.namespace}/events/{name}",
            body=json.dumps({"series": series}).encode(),
            content_type="application/merge-patch+json",
            timeout=_TIMEOUT_SECONDS,
        )

    def _give_up(self, event: Event, error: ApiRefused) -> None:
        """Log the failure once for each namespace and status, until an Event succeeds there."""
        if not self._failures.begins(event.workload.namespace, error.status):
            return
        remedy = ""
        if error.lacks_right:
            remedy = (
                ": kubectl apply -f k8s/rbac.yaml gives Watch-Cluster the permission to create events in events.k8s.io"
            )
        self._log.warning(
            "cannot create Events; suppressing repeats",
            workload=str(event.workload),
            reason=event.reason.value,
            why=f"{error}{remedy}",
        )

    def _document(self, event: Event) -> dict[str, object]:
        workload = event.workload
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"namespace": workload.namespace, "name": event_name(workload.name, event.identity)},
            "eventTime": micro_time(self._clock.now()),
            "reportingController": _CONTROLLER,
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": _API_VERSIONS[workload.kind],
                "kind": workload.kind,
                "namespace": workload.namespace,
                "name": workload.name,
                "uid": event.uid,
            },
            "type": "Warning" if event.reason.is_warning else "Normal",
            "reason": event.reason.value,
            "action": _ACTION,
            "note": note(event.message),
        }


def event_name(workload: str, identity: str) -> str:
    """Name the Event so that it sorts by its workload: a DNS subdomain, so each part ends with a letter or digit."""
    return f"{workload[: _NAME_LENGTH - len(identity) - 1].rstrip('-.')}.{identity}"


def note(message: str) -> str:
    """Make a message one line that the server accepts, without control characters or changes of writing direction.

    Messages quote what registries and annotations say.
    """
    return _cut(printable(message).strip(), _NOTE_BYTES)


def _cut(text: str, most: int) -> str:
    """Shorten to that many bytes of UTF-8, between two characters, with an ellipsis where something is missing."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS
