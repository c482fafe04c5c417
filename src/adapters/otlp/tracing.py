"""Traces of updates, sent to an OpenTelemetry collector over OTLP; needs the extra `traces`.

The library reads its own environment variables, as the OpenTelemetry specification describes them
(https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from watch_cluster.application.ports.tracing import Call
from watch_cluster.domain.rollout.record import RolloutRecord, RolloutState
from watch_cluster.domain.workload.workload import WorkloadKey

MOST_BEGINNINGS: Final = 10_000
"""As many rollouts may be in flight at once."""
_NANOSECONDS: Final = 1_000_000_000
_PATIENCE_SECONDS: Final = 3.0
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_OF_KIND: Final = {
    "Deployment": "k8s.deployment.name",
    "StatefulSet": "k8s.statefulset.name",
    "DaemonSet": "k8s.daemonset.name",
    "CronJob": "k8s.cronjob.name",
}
Attributes = Mapping[str, str | int]


@dataclass(slots=True)
class _Piece:
    name: str
    key: WorkloadKey
    began: int
    calls: list[tuple[Call, int]] = field(default_factory=list)
    """Each with when it was over."""
    record: RolloutRecord | None = None
    ends: bool = False


class OtlpTracing:
    """Implements the port `Tracing`. Safe for threads.

    What a rollout's spans are told apart by follows from the rollout, so that the pieces of one that were done by
    several processes make one trace.
    """

    def __init__(self, identity: str) -> None:
        """Start to send, in the background, what is kept."""
        # Its complaints are told in our own words: it says the same of every batch.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._ids = _GivenIds()
        self._exporter = _Telling(OTLPSpanExporter())
        # There are few updates, and each is worth to be kept.
        self._provider = TracerProvider(
            ALWAYS_ON,
            Resource.create({SERVICE_NAME: "watch-cluster", SERVICE_INSTANCE_ID: identity}),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("watch-cluster")
        self._here = threading.local()
        self._lock = threading.Lock()
        self._beginnings: OrderedDict[str, int] = OrderedDict()
        """When the check began that started a rollout, as far as this process has made it."""

    @contextmanager
    def piece(self, name: str, key: WorkloadKey) -> Iterator[None]:
        """Keep what is done in this context, if it turns out to be done for a rollout."""
        piece = self._here.piece = _Piece(name, key, time.time_ns())
        try:
            yield
        finally:
            self._here.piece = None
            # What asked nobody has done nothing that anybody wants to read of.
            if piece.record is not None and piece.calls:
                self._keep(piece, piece.record, time.time_ns())

    def called(self, call: Call) -> None:
        """Keep the call with the piece of work that it was made for."""
        piece: _Piece | None = getattr(self._here, "piece", None)
        if piece is not None:
            piece.calls.append((call, time.time_ns()))

    def belongs_to(self, record: RolloutRecord) -> None:
        """Keep this piece of work."""
        self._here.piece.record = record

    def ended(self, record: RolloutRecord) -> None:
        """Keep this piece of work, and the whole rollout."""
        self._here.piece.record = record
        self._here.piece.ends = True

    def close(self) -> None:
        """Send what is left, if that can be done in some seconds."""
        self._exporter.closing = True
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(_PATIENCE_SECONDS)

    def _keep(self, piece: _Piece, record: RolloutRecord, end: int) -> None:
        whole = _context(record, "update")
        # What is done twice for a rollout, as after a failure, is told apart by when it began.
        here = _context(record, f"{piece.name} {piece.began}")
        common: Attributes = {"watch_cluster.rollout": record.id}
        self._span(piece.name, here, whole, piece.began, end, attributes=common)
        for number, (call, over) in enumerate(piece.calls):
            context = _context(record, f"{piece.name} {piece.began} {number}")
            began = over - int(call.seconds * _NANOSECONDS)
            status = None if call.status.startswith(("1", "2", "3")) else Status(StatusCode.ERROR, call.status)
            name = f"{call.method} {call.peer}"
            self._span(name, context, here, began, over, _of_call(call), status, SpanKind.CLIENT)
        began = self._beginning(record, piece)
        if piece.ends:
            about = {
                **common,
                "k8s.namespace.name": piece.key.namespace,
                _OF_KIND.get(piece.key.kind, "watch_cluster.workload"): piece.key.name,
                "watch_cluster.change": record.change,
                "watch_cluster.state": record.state.value,
            }
            done = record.state is RolloutState.DONE
            status = Status(StatusCode.OK) if done else Status(StatusCode.ERROR, record.message)
            self._span("update", whole, None, began, end, about, status)

    def _beginning(self, record: RolloutRecord, piece: _Piece) -> int:
        """When the update began, as far as it is known here: with the check that led to it, or with the rollout."""
        with self._lock:
            began = self._beginnings.pop(record.id, min(piece.began, _nanoseconds(record.started)))
            if not piece.ends:
                self._beginnings[record.id] = began
                while len(self._beginnings) > MOST_BEGINNINGS:
                    self._beginnings.popitem(last=False)
        return began

    def _span(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        began: int,
        end: int,
        attributes: Attributes,
        status: Status | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        self._ids.give(context)
        span = self._tracer.start_span(
            name,
            None if parent is None else set_span_in_context(NonRecordingSpan(parent)),
            kind,
            attributes,
            # The clock may have been set back meanwhile.
            start_time=min(began, end),
        )
        if status is not None:
            span.set_status(status)
        span.end(end)


class _GivenIds(IdGenerator):
    """Gives a span that this thread begins the ids that were chosen for it."""

    def __init__(self) -> None:
        self._here = threading.local()

    def give(self, context: SpanContext) -> None:
        self._here.context = context

    def generate_trace_id(self) -> int:
        return int(self._here.context.trace_id)

    def generate_span_id(self) -> int:
        return int(self._here.context.span_id)


class _Telling(SpanExporter):
    """Says in one line that spans are lost, when that begins and when it is over."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._losing = False
        self._log = structlog.get_logger()
        self.closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        losing = result is not SpanExportResult.SUCCESS
        if losing and not self._losing and not self.closing:
            self._log.warning("traces are lost: the collector does not take them; new ones are sent all the same")
        elif self._losing and not losing:
            self._log.info("the collector takes traces again")
        self._losing = losing
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _of_call(call: Call) -> Attributes:
    attributes: dict[str, str | int] = {
        "http.request.method": call.method,
        "server.address": call.peer,
        "url.path": call.path,
    }
    if call.status.isdecimal():
        attributes["http.response.status_code"] = int(call.status)
    else:
        attributes["error.type"] = "no answer"
    return attributes


def _context(record: RolloutRecord, part: str) -> SpanContext:
    trace = hashlib.sha256(f"{record.uid}/{record.id}".encode()).digest()
    span = hashlib.sha256(trace + part.encode()).digest()
    return SpanContext(
        int.from_bytes(trace[:16], "big"), int.from_bytes(span[:8], "big"), is_remote=False, trace_flags=_SAMPLED
    )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * _NANOSECONDS)
