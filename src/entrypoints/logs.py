"""Configures logging: JSON lines, or colored text on a terminal, without secrets."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from watch_cluster.domain.printable import printable

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """Let imports within the block not find the package.

    None in `sys.modules` does so (https://docs.python.org/3/reference/import.html#the-module-cache).
    """
    loaded = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
        if loaded is not None:
            sys.modules[package] = loaded


with _hidden("rich"):
    # structlog loads it to draw tracebacks, and no line here has a drawn one. It is the first import of structlog:
    # commands configure logs before they load what logs.
    import structlog

QUIET: Final = ("httpx", "httpcore", "urllib3", "kubernetes")
"""Libraries that log URLs and headers containing tokens."""


def configure_logs(level: str, style: Literal["auto", "json", "console"]) -> None:
    """Send all log lines of the process, including those of libraries, to standard error in one format."""
    use_console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.stdlib.filter_by_level,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Local variables in tracebacks could contain credentials.
    traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    renderers: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=_printable_traceback)]
        if use_console
        else [structlog.processors.ExceptionRenderer(traceback), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[1:],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _make_printable, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _make_printable(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Make untrusted text in lines printable. Renderers escape values other than strings."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in line.items()}


def _printable_traceback(output: TextIO, error: ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, error)
    output.write("".join(f"{printable(line)}\n" for line in text.getvalue().split("\n")))
