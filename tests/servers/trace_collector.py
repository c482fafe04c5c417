"""A real HTTP server that takes traces as an OpenTelemetry collector does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.servers.webhook_receiver import Answer, Received, WebhookReceiver


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it arrived; times in nanoseconds since 1970, ids as bytes, `parent` empty for a root."""

    name: str
    trace: bytes
    id: bytes
    parent: bytes
    began: int
    ended: int
    failed: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]


class Collector(WebhookReceiver):
    """Takes what is sent to `endpoint`."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        super().__init__(answers)
        self.endpoint = f"http://{self.host}"

    @property
    def spans(self) -> list[Span]:
        """All that has arrived."""
        return [span for received in tuple(self.received) for span in _decode(received)]


def _decode(received: Received) -> Iterable[Span]:
    assert received.path == "/v1/traces"
    assert received.headers["content-type"] == "application/x-protobuf"
    for group in ExportTraceServiceRequest.FromString(received.body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.name,
                    span.trace_id,
                    span.span_id,
                    span.parent_span_id,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == 2,
                    _plain(span.attributes),
                    _plain(group.resource.attributes),
                )


def _plain(attributes: Iterable[Any]) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
