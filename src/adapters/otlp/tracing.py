"""Sends traces of updates to an OpenTelemetry collector over OTLP; requires the extra `traces`.

The library reads the environment variables of the OpenTelemetry specification
(https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    set_span_in_context,
)

from watch_cluster.adapters.otlp.exporter import LoggingExporter
from watch_cluster.adapters.otlp.span_ids import PresetIds, span_context
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.domain.rollout.record.lifecycle import RolloutState
from watch_cluster.domain.rollout.record.record import RolloutRecord
from watch_cluster.domain.workload.workload import WorkloadKey
from watch_cluster.tools.lru import Lru

MAX_START_TIMES: Final = 10_000
"""The maximum number of rollouts in flight whose start time is kept."""
_NANOSECONDS: Final = 1_000_000_000
_SHUTDOWN_SECONDS: Final = 3.0
_ATTRIBUTE_BY_KIND: Final = {
    "Deployment": "k8s.deployment.name",
    "StatefulSet": "k8s.statefulset.name",
    "DaemonSet": "k8s.daemonset.name",
    "CronJob": "k8s.cronjob.name",
}
Attributes = Mapping[str, str | int]


@dataclass(slots=True)
class _Operation:
    name: str
    key: WorkloadKey
    start: int
    calls: list[tuple[Call, int]] = field(default_factory=list)
    """Calls with their end times."""
    record: RolloutRecord | None = None
    ends_rollout: bool = False


class OtlpTracing:
    """Implements the port `Tracing`. Thread-safe.

    Trace and span IDs are derived from the rollout, so that the spans of several processes form one trace.
    """

    def __init__(self, identity: str, workers: Workers | None = None) -> None:
        """Start the background exporter. `identity` is the service instance ID."""
        self._workers = workers or Workers()
        # The library logs every failed batch; `LoggingExporter` logs once.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._ids = PresetIds()
        self._exporter = LoggingExporter(OTLPSpanExporter(), self._workers)
        # Updates are rare, so every trace is sampled.
        self._provider = TracerProvider(
            ALWAYS_ON,
            Resource.create({SERVICE_NAME: "watch-cluster", SERVICE_INSTANCE_ID: identity}),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("watch-cluster")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._start_times: Lru[str, int] = Lru(MAX_START_TIMES)
        """Start times, by rollout ID, of the checks in this process that started rollouts."""

    @contextmanager
    def operation(self, name: str, key: WorkloadKey) -> Iterator[None]:
        """Record the operation in this context if it belongs to a rollout."""
        operation = self._local.operation = _Operation(name, key, time.time_ns())
        try:
            yield
        finally:
            self._local.operation = None
            # Operations without calls are not worth a span.
            if operation.record is not None and operation.calls:
                try:
                    self._record(operation, operation.record, time.time_ns())
                except Exception as error:  # noqa: BLE001 - a trace that is lost must not fail the operation
                    self._workers.failed("traces", error)

    def record_call(self, call: Call) -> None:
        """Add the call to the current operation of this thread."""
        operation: _Operation | None = getattr(self._local, "operation", None)
        if operation is not None:
            operation.calls.append((call, time.time_ns()))

    def assign_to(self, record: RolloutRecord) -> None:
        """Assign the current operation to the rollout."""
        self._local.operation.record = record

    def end_rollout(self, record: RolloutRecord) -> None:
        """Assign the current operation to the rollout, and end its trace with it."""
        self._local.operation.record = record
        self._local.operation.ends_rollout = True

    def close(self) -> None:
        """Export the remaining spans, for a few seconds at most."""
        self._exporter.closing = True
        shutdown = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        shutdown.start()
        shutdown.join(_SHUTDOWN_SECONDS)

    def _record(self, operation: _Operation, record: RolloutRecord, end: int) -> None:
        root = span_context(record, "update")
        # The start time distinguishes repeated operations of a rollout, such as retries.
        context = span_context(record, f"{operation.name} {operation.start}")
        common: Attributes = {"watch_cluster.rollout": record.id}
        self._span(operation.name, context, root, operation.start, end, attributes=common)
        for number, (call, call_end) in enumerate(operation.calls):
            call_context = span_context(record, f"{operation.name} {operation.start} {number}")
            call_start = call_end - int(call.seconds * _NANOSECONDS)
            status = None if call.status.startswith(("1", "2", "3")) else Status(StatusCode.ERROR, call.status)
            name = f"{call.method} {call.peer}"
            self._span(
                name, call_context, context, call_start, call_end, _call_attributes(call), status, SpanKind.CLIENT
            )
        start = self._update_start(record, operation)
        if operation.ends_rollout:
            attributes = {
                **common,
                "k8s.namespace.name": operation.key.namespace,
                _ATTRIBUTE_BY_KIND.get(operation.key.kind, "watch_cluster.workload"): operation.key.name,
                "watch_cluster.change": record.change,
                "watch_cluster.state": record.state.value,
            }
            done = record.state is RolloutState.DONE
            status = Status(StatusCode.OK) if done else Status(StatusCode.ERROR, record.message)
            self._span("update", root, None, start, end, attributes, status)

    def _update_start(self, record: RolloutRecord, operation: _Operation) -> int:
        """Return when the update started: with the check that led to it if known here, otherwise with the rollout."""
        with self._lock:
            start = self._start_times.pop(record.id) or min(operation.start, _nanoseconds(record.started))
            if not operation.ends_rollout:
                self._start_times.put(record.id, start)
        return start

    def _span(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        start: int,
        end: int,
        attributes: Attributes,
        status: Status | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        self._ids.set_next(context)
        span = self._tracer.start_span(
            name,
            None if parent is None else set_span_in_context(NonRecordingSpan(parent)),
            kind,
            attributes,
            # The clock may have been set back in the meantime.
            start_time=min(start, end),
        )
        if status is not None:
            span.set_status(status)
        span.end(end)


def _call_attributes(call: Call) -> Attributes:
    attributes: dict[str, str | int] = {
        "http.request.method": call.method,
        "server.address": call.peer,
        "url.path": call.path,
    }
    if call.status.isdecimal():
        attributes["http.response.status_code"] = int(call.status)
    else:
        attributes["error.type"] = "no response"
    return attributes


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * _NANOSECONDS)
