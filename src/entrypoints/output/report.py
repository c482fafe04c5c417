"""Formats the report of a fleet as Markdown, HTML or JSON. Untrusted text is never markup."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final

from watch_cluster.application.commands.report_fleet import FleetReport, ReportRow
from watch_cluster.domain.printable import printable
from watch_cluster.domain.update.distance import Distance, Level

_BEHIND: Final = ("Workload", "Container", "Image", "Candidate", "Behind")
_HELD: Final = ("Workload", "Container", "Reason", "Explanation")
_QUARANTINED: Final = ("Workload", "Images")
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#f3f3f3}"
)


def report_json(report: FleetReport) -> str:
    """Format the report for programs."""
    document = {
        "made": report.made.isoformat(),
        "workloads": [_fields(row) for row in report.rows],
        "quarantined": [{"workload": str(each.key), "images": list(each.quarantined)} for each in report.quarantined],
    }
    return json.dumps(document, indent=2)


def report_markdown(report: FleetReport) -> str:
    """Format the report as Markdown."""
    lines = ["# Container images", "", _summary(report)]
    for title, columns, rows in _sections(report):
        if rows:
            lines += ["", f"## {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
            lines += [f"| {' | '.join(_code(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def report_html(report: FleetReport) -> str:
    """Format the report as a page that needs nothing else and runs no script."""
    parts = []
    for title, columns, rows in _sections(report):
        if rows:
            head = "".join(f"<th>{escape(column)}</th>" for column in columns)
            body = "\n".join(f"<tr>{''.join(f'<td>{_html(cell)}</td>' for cell in row)}</tr>" for row in rows)
            parts.append(f"<h2>{escape(title)}</h2>\n<table>\n<tr>{head}</tr>\n{body}\n</table>")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Container images</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Container images</h1>
<p>{escape(_summary(report))}</p>
{chr(10).join(parts)}
</body>
</html>"""


def distance_text(distance: Distance | None) -> str:
    """Say how far behind: `1 version (minor)`."""
    if distance is None:
        return ""
    if distance.level is Level.DIGEST:
        return "new digest"
    counted = "version" if distance.versions == 1 else "versions"
    level = "" if distance.level is Level.OTHER else f" ({distance.level.value})"
    return f"{distance.versions} {counted}{level}"


def _summary(report: FleetReport) -> str:
    moment = report.made.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{moment}: {len(report.rows)} watched, {len(report.behind)} behind, {len(report.held)} held,"
        f" {report.up_to_date} up to date, {len(report.quarantined)} with quarantined images."
    )


def _sections(report: FleetReport) -> Iterable[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
    sort: Callable[[ReportRow], tuple[int, int]] = _urgency
    behind = sorted(report.behind, key=sort)
    yield (
        "Behind",
        _BEHIND,
        [
            (str(row.workload), row.container or "", row.image or "", row.candidate or "", distance_text(row.distance))
            for row in behind
        ],
    )
    yield (
        "Held",
        _HELD,
        [(str(row.workload), row.container or "", row.reason or "", row.message or "") for row in report.held],
    )
    yield "Quarantined", _QUARANTINED, [(str(each.key), ", ".join(each.quarantined)) for each in report.quarantined]


def _urgency(row: ReportRow) -> tuple[int, int]:
    """The farthest behind comes first."""
    if row.distance is None:
        return len(Level), 0
    return list(Level).index(row.distance.level), -row.distance.versions


def _fields(row: ReportRow) -> dict[str, object]:
    return {
        "workload": str(row.workload),
        "container": row.container,
        "image": row.image,
        "candidate": row.candidate,
        "behind": None
        if row.distance is None
        else {"level": row.distance.level.value, "versions": row.distance.versions},
        "reason": row.reason,
        "message": row.message,
    }


def _code(text: str) -> str:
    harmless = printable(text).replace("`", "'").replace("|", "\N{BROKEN BAR}")
    return f"`{harmless}`" if harmless.strip() else ""


def _html(text: str) -> str:
    return escape(printable(text))
