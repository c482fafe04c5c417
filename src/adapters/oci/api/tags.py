"""Reads the whole tag list of a repository, page by page, with the pagination of every known registry."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote as percent_encode

import httpx

from watch_cluster.adapters.oci.api.links import UnreadableLink, next_query
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import MAX_TAGS, TagPage, read_body, too_many_tags
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.request import KIBIBYTE, Response
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.domain.images.reference import is_tag
from watch_cluster.tools.deadline import Deadline

_PAGE_SIZE: Final = 1000
# The most that many registries allow. Some allow less, and reject more with an error; pages may be smaller.
_FIRST_QUERY: Final = f"n={_PAGE_SIZE}"
# The registry chooses the page size.
_WITHOUT_SIZE: Final = ""
# The next page of a registry that supports `last` but sends no Link.
_GUESS: Final = f"{_FIRST_QUERY}&last="
_MAX_PAGES: Final = 1000
_MAX_PAGES_WITHOUT_NEW_TAGS: Final = 10
_MAX_PAGE_BYTES: Final = 16 * 1024 * KIBIBYTE
_MAX_LIST_BYTES: Final = 4 * _MAX_PAGE_BYTES
_TIMEOUT_SECONDS: Final = 300.0
_OK: Final = 200
_CLIENT_ERRORS: Final = range(400, 500)
# These have nothing to do with the page size.
_NOT_ABOUT_SIZE: Final = frozenset({401, 403, 404, 429})


def list_tags(access: RepositoryClient, timing: Timing) -> tuple[str, ...]:
    """Return every valid tag, sorted; raises `RequestError` or an error of the port.

    The list ends at a page that names no next one, or one that was read before. If no end is found, that is an error,
    never a shorter list.
    """
    return _TagList(access, timing).read()


class _TagList:
    """A tag list that is being read."""

    def __init__(self, access: RepositoryClient, timing: Timing) -> None:
        self._access = access
        self._url = access.url("tags/list")
        self._host = self._url.netloc.decode("ascii")
        self._deadline = Deadline(_TIMEOUT_SECONDS, timing.monotonic)
        self._queries: set[str] = set()
        self._tags: set[str] = set()
        self._first: list[str] = []
        self._size = 0
        self._pages_without_new_tags = 0

    def read(self) -> tuple[str, ...]:
        query: str | None = _FIRST_QUERY
        while query is not None and query not in self._queries:
            self._check_limits()
            first = not self._queries
            self._queries.add(query)
            response = self._request(query)
            if first and response.status in _CLIENT_ERRORS and response.status not in _NOT_ABOUT_SIZE:
                # The page size may be too large: the registry chooses.
                response = self._request(_WITHOUT_SIZE)
            if response.status != _OK:
                if query.startswith(_GUESS):
                    query = _WITHOUT_SIZE
                    continue
                raise self._access.refusal(response)
            query = self._add_page(response, query, first=first)
        return tuple(sorted(self._tags))

    def _request(self, query: str) -> Response:
        url = self._url.copy_with(query=query.encode("ascii") or None)
        return self._access.send(url, _MAX_PAGE_BYTES)

    def _add_page(self, response: Response, query: str, *, first: bool) -> str | None:
        """Add the tags of a page; return the query of the next page, None at the end."""
        self._size += len(response.body)
        if self._size > _MAX_LIST_BYTES:
            raise self._too_long(f"more than {_MAX_LIST_BYTES // KIBIBYTE} KiB")
        listed = read_body(response, TagPage).listed
        before = len(self._tags)
        self._tags.update(filter(is_tag, listed))
        if len(self._tags) > MAX_TAGS:
            raise too_many_tags(self._host)
        next_page = self._next(response)
        if first:
            self._first = listed[:_PAGE_SIZE]
        elif query == _WITHOUT_SIZE and next_page is None and len(listed) < before:
            # It is a page and not the whole list, and nothing leads to the rest.
            raise self._incomplete(f"names no page after {before} tags, and lists {len(listed)} without a page size")
        elif query != _WITHOUT_SIZE and not query.startswith(_GUESS):
            self._check_progress(response, listed, query)
        self._pages_without_new_tags = 0 if len(self._tags) > before else self._pages_without_new_tags + 1
        if next_page is None and len(listed) == _PAGE_SIZE and len(self._tags) > before:
            # A full page without a Link may not be the last one.
            return _GUESS + percent_encode(listed[-1], safe="")
        if query.startswith(_GUESS) and listed and len(self._tags) == before:
            # It ignores `last` too: without a page size, it may return all tags.
            return _WITHOUT_SIZE
        return next_page

    def _next(self, response: Response) -> str | None:
        try:
            return next_query(response.headers.get_list("link"))
        except UnreadableLink as error:
            raise self._incomplete(f"names a next page that cannot be read ({quote(str(error))})") from error

    def _check_progress(self, response: Response, listed: list[str], query: str) -> None:
        """Raise `RequestError` if the registry returned the first page again."""
        if not _has_query(response.url, query):
            raise self._incomplete("redirects to a URL without the position in the list")
        if listed and listed[:_PAGE_SIZE] == self._first:
            raise self._incomplete("returns its first page again when the next one is requested")

    def _check_limits(self) -> None:
        if len(self._queries) == _MAX_PAGES:
            raise self._too_long(f"more than {_MAX_PAGES} pages")
        if self._pages_without_new_tags == _MAX_PAGES_WITHOUT_NEW_TAGS:
            raise self._incomplete(f"returns {_MAX_PAGES_WITHOUT_NEW_TAGS} pages without a new tag, and names more")
        if self._deadline.remaining() <= 0:
            raise RequestError(
                f"{self._host} did not return all tags within {self._deadline.seconds:g} s",
                "check that it is not overloaded",
                Remedy.LATER,
            )

    def _incomplete(self, what: str) -> RequestError:
        return RequestError(
            f"{self._host} {what}, so its tag list is incomplete",
            "its operator must fix it",
            Remedy.CHANGE,
        )

    def _too_long(self, size: str) -> RequestError:
        return RequestError(
            f"{self._host} lists {size} of tags, which are not read",
            "delete tags that nobody needs, or check that it is a registry",
            Remedy.CHANGE,
        )


def _has_query(url: httpx.URL, query: str) -> bool:
    """Whether the URL, after redirects, still has the whole query."""
    kept = set(url.query.split(b"&"))
    return kept.issuperset(query.encode("ascii").split(b"&"))
