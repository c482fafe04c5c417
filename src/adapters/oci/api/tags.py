"""Reads a repository's whole tag list, page by page, however a registry writes its links."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote as percent_encode

import httpx

from watch_cluster.adapters.oci.api.links import UnreadableLink, next_query
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.http.bodies import MAX_TAGS, TagPage, read_body, too_many_tags
from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.exchange import KIBIBYTE, Response
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.domain.images.reference import is_tag
from watch_cluster.tools.deadline import Deadline

_PAGE_SIZE: Final = 1000
# The most that many registries take. Some allow less, and refuse more with an error; none must give as many.
_FIRST_QUERY: Final = f"n={_PAGE_SIZE}"
# Then the registry chooses how many tags it gives.
_WITHOUT_SIZE: Final = ""
# Where a list may go on whose registry knows `last` and no Link.
_GUESS: Final = f"{_FIRST_QUERY}&last="
_MOST_PAGES: Final = 1000
_MOST_PAGES_WITHOUT_NEWS: Final = 10
_LARGEST_PAGE: Final = 16 * 1024 * KIBIBYTE
_LARGEST_LIST: Final = 4 * _LARGEST_PAGE
_LONGEST_SECONDS: Final = 300.0
_OK: Final = 200
_CLIENT_ERRORS: Final = range(400, 500)
# What these say has nothing to do with the size of a page.
_NOT_ABOUT_SIZE: Final = frozenset({401, 403, 404, 429})


def list_tags(access: RepositoryClient, timing: Timing) -> tuple[str, ...]:
    """Return every valid tag, sorted; raises `RequestError` or an error of the port.

    The list ends where a page names no next one, or one that was read before. A list of which an end cannot be found
    is an error, never a shorter list.
    """
    return _TagList(access, timing).read()


class _TagList:
    """One list while it is read."""

    def __init__(self, access: RepositoryClient, timing: Timing) -> None:
        self._access = access
        self._url = access.url("tags/list")
        self._host = self._url.netloc.decode("ascii")
        self._deadline = Deadline(_LONGEST_SECONDS, timing.monotonic)
        self._asked: set[str] = set()
        self._tags: set[str] = set()
        self._first: list[str] = []
        self._size = 0
        self._without_news = 0

    def read(self) -> tuple[str, ...]:
        query: str | None = _FIRST_QUERY
        while query is not None and query not in self._asked:
            self._check_limits()
            first = not self._asked
            self._asked.add(query)
            response = self._ask(query)
            if first and response.status in _CLIENT_ERRORS and response.status not in _NOT_ABOUT_SIZE:
                # Smaller pages only are allowed: the registry chooses.
                response = self._ask(_WITHOUT_SIZE)
            if response.status != _OK:
                if query.startswith(_GUESS):
                    query = _WITHOUT_SIZE
                    continue
                raise self._access.refusal(response)
            query = self._take(response, query, first=first)
        return tuple(sorted(self._tags))

    def _ask(self, query: str) -> Response:
        url = self._url.copy_with(query=query.encode("ascii") or None)
        return self._access.send(url, _LARGEST_PAGE)

    def _take(self, response: Response, query: str, *, first: bool) -> str | None:
        """Take up the tags of a page, and give the query of the next one."""
        self._size += len(response.body)
        if self._size > _LARGEST_LIST:
            raise self._endless(f"more than {_LARGEST_LIST // KIBIBYTE} KiB")
        listed = read_body(response, TagPage).listed
        before = len(self._tags)
        self._tags.update(filter(is_tag, listed))
        if len(self._tags) > MAX_TAGS:
            raise too_many_tags(self._host)
        following = self._next(response)
        if first:
            self._first = listed[:_PAGE_SIZE]
        elif query != _WITHOUT_SIZE and not query.startswith(_GUESS):
            self._check_progress(response, listed, query)
        self._without_news = 0 if len(self._tags) > before else self._without_news + 1
        if following is None and len(listed) == _PAGE_SIZE and len(self._tags) > before:
            # A full page without a Link may not be the last one.
            return _GUESS + percent_encode(listed[-1], safe="")
        if query.startswith(_GUESS) and listed and len(self._tags) == before:
            # It does not know `last` either: as many tags as it likes may be all of them.
            return _WITHOUT_SIZE
        return following

    def _next(self, response: Response) -> str | None:
        try:
            return next_query(response.headers.get_list("link"))
        except UnreadableLink as error:
            raise self._incomplete(f"names a next page that cannot be read ({quote(str(error))})") from error

    def _check_progress(self, response: Response, listed: list[str], query: str) -> None:
        """Raise `RequestError` when the registry did not go on, but began again."""
        if not _asks_for(response.url, query):
            raise self._incomplete("redirects to a list without the place to go on from")
        if listed and listed[:_PAGE_SIZE] == self._first:
            raise self._incomplete("gives its first page again when it is asked for the next one")

    def _check_limits(self) -> None:
        if len(self._asked) == _MOST_PAGES:
            raise self._endless(f"more than {_MOST_PAGES} pages")
        if self._without_news == _MOST_PAGES_WITHOUT_NEWS:
            raise self._incomplete(f"gives {_MOST_PAGES_WITHOUT_NEWS} pages without a new tag, and names more")
        if self._deadline.remaining() <= 0:
            raise RequestError(
                f"{self._host} did not give all its tags within {self._deadline.seconds:g} s",
                "check that it is not overloaded",
                Remedy.LATER,
            )

    def _incomplete(self, what: str) -> RequestError:
        return RequestError(
            f"{self._host} {what}, so its tag list is incomplete",
            "its operator must fix it",
            Remedy.CHANGE,
        )

    def _endless(self, much: str) -> RequestError:
        return RequestError(
            f"{self._host} lists {much} of tags, which are not read",
            "delete tags that nobody needs, or check that it is a registry",
            Remedy.CHANGE,
        )


def _asks_for(url: httpx.URL, query: str) -> bool:
    """Whether a URL, to which we may have been redirected, still has the whole query."""
    kept = set(url.query.split(b"&"))
    return kept.issuperset(query.encode("ascii").split(b"&"))
