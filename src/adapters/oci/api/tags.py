"""Reads a repository's whole tag list, page by page, however a registry writes its links."""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.deadline import Deadline
from watch_cluster.adapters.oci.api.bodies import TagPage, read_body
from watch_cluster.adapters.oci.api.links import next_query
from watch_cluster.adapters.oci.auth.access import Access
from watch_cluster.adapters.oci.http.errors import Fault, Remedy
from watch_cluster.adapters.oci.http.exchange import KIBIBYTE
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.domain.images.reference import is_tag

# The most that all registries take: some answer more with an error, and none is bound to give as many.
_FIRST_QUERY: Final = "n=1000"
_MOST_PAGES: Final = 1000
_LARGEST_PAGE: Final = 16 * 1024 * KIBIBYTE
_LARGEST_LIST: Final = 4 * _LARGEST_PAGE
_LONGEST_SECONDS: Final = 300.0
_OK: Final = 200
_BAD_REQUEST: Final = 400


def list_tags(access: Access, timing: Timing) -> tuple[str, ...]:
    """Give every valid tag, sorted; raises `Fault` or an error of the port.

    The list ends where a page names no next one, names one that was read before, or brings nothing new.
    """
    deadline = Deadline(_LONGEST_SECONDS, timing.monotonic)
    url = access.url("tags/list")
    host = url.netloc.decode("ascii")
    query: str | None = _FIRST_QUERY
    asked: set[str] = set()
    tags: set[str] = set()
    size = 0
    while query is not None and query not in asked:
        if len(asked) == _MOST_PAGES:
            raise _endless(host, f"more than {_MOST_PAGES} pages")
        if deadline.left() <= 0:
            raise Fault(
                f"{host} did not give all its tags within {deadline.seconds:g} s",
                "check that it is not overloaded",
                Remedy.LATER,
            )
        asked.add(query)
        answer = access.ask(url.copy_with(query=query.encode("ascii") or None), _LARGEST_PAGE)
        if answer.status == _BAD_REQUEST and query == _FIRST_QUERY:
            # Some registries allow smaller pages only: they choose.
            query = ""
            continue
        if answer.status != _OK:
            raise access.refusal(answer)
        size += len(answer.body)
        if size > _LARGEST_LIST:
            raise _endless(host, f"more than {_LARGEST_LIST // KIBIBYTE} KiB")
        before = len(tags)
        tags.update(read_body(answer, TagPage).tags or ())
        query = next_query(answer.headers.get_list("link")) if len(tags) > before else None
    return tuple(sorted(filter(is_tag, tags)))


def _endless(host: str, much: str) -> Fault:
    return Fault(
        f"{host} lists {much} of tags, and we stop there",
        "delete tags that nobody needs, or check that it is a registry",
        Remedy.CHANGE,
    )
