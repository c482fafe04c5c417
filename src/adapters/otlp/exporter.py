"""Exports spans, and logs once when that fails."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from watch_cluster.adapters.workers import Workers
from watch_cluster.tools.ongoing import Ongoing


class LoggingExporter(SpanExporter):
    """Logs once when exports start to fail and once when they succeed again."""

    def __init__(self, exporter: SpanExporter, workers: Workers) -> None:
        self._workers = workers
        self._exporter = exporter
        self._failures = Ongoing()
        self._log = structlog.get_logger()
        self.closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans."""
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - the library's thread must continue
            self._workers.failed("traces", error)
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.SUCCESS:
            if self._failures.ends("export"):
                self._log.info("trace export works again")
        elif self._failures.begins("export") and not self.closing:
            self._log.warning("trace export failed, dropping spans until the collector accepts them again")
        return result

    def shutdown(self) -> None:
        """Shut the exporter down."""
        self._exporter.shutdown()
