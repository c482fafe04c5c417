"""Span IDs that are derived from the rollout, so that the spans of several processes form one trace."""

from __future__ import annotations

import hashlib
import threading
from typing import Final

from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanContext, TraceFlags

from watch_cluster.domain.rollout.record.record import RolloutRecord

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


class PresetIds(IdGenerator):
    """Generates the IDs that were preset for the next span of this thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def set_next(self, context: SpanContext) -> None:
        """Preset the IDs of the next span of this thread."""
        self._local.context = context

    def generate_trace_id(self) -> int:
        """Return the preset trace ID."""
        return int(self._local.context.trace_id)

    def generate_span_id(self) -> int:
        """Return the preset span ID."""
        return int(self._local.context.span_id)


def span_context(record: RolloutRecord, part: str) -> SpanContext:
    """Derive the IDs of a span from its rollout and its name within it."""
    trace = hashlib.sha256(f"{record.uid}/{record.id}".encode()).digest()
    span = hashlib.sha256(trace + part.encode()).digest()
    return SpanContext(
        int.from_bytes(trace[:16], "big"), int.from_bytes(span[:8], "big"), is_remote=False, trace_flags=_SAMPLED
    )
