"""The errors of requests to the API server, independent of the client library."""

from __future__ import annotations

import http.client
from http import HTTPStatus
from types import TracebackType

import urllib3


class NoApiServer(Exception):  # noqa: N818 - an expected response
    """Nothing says where the API server is, or what says so cannot be used; one line for a person."""


class ApiUnreachable(Exception):  # noqa: N818
    """No response, or an incomplete one. A write may have taken effect nevertheless."""


class ApiSilent(ApiUnreachable):
    """A stream has been silent for too long: its peer is dead, or has nothing to send."""


class ApiTooLarge(ApiUnreachable):
    """A response is too large. A write may have taken effect nevertheless."""


class ApiRefused(Exception):  # noqa: N818
    """The API server rejected the request.

    `reason` is the machine's word for it and `message` the person's, both from the Status object; `retry_after` is the
    server's Retry-After in seconds, 0 if it has none.
    """

    def __init__(self, status: int, reason: str, message: str, retry_after: float = 0) -> None:
        super().__init__(f"the API server answers {status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after

    @property
    def lacks_right(self) -> bool:
        """Whether a permission is missing. Quotas, admission and terminating namespaces are 403, too."""
        return self.status == HTTPStatus.FORBIDDEN and " cannot " in self.message


class translate_errors:  # noqa: N801 - reads as a word after `with`
    """Turns every error of the client into `ApiUnreachable`. A class, because it also wraps generators."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # urllib3 lets OSError and http.client's errors through where a stream breaks off.
        if isinstance(error, urllib3.exceptions.HTTPError | OSError | http.client.HTTPException):
            raise ApiUnreachable(f"the API server cannot be reached ({describe(error)})") from error
        # A read of what another thread has shut down, or a header that cannot be sent, whose words quote the token.
        if isinstance(error, ValueError):
            raise ApiUnreachable(
                "the API server cannot be reached (the request was cut off or cannot be sent)"
            ) from None


def describe(error: BaseException) -> str:
    """Say what an error of a library says, in one line of bounded length."""
    text = " ".join(str(error).split()) or type(error).__name__
    # urllib3 puts the connection object before the words.
    return text.rpartition(">: ")[2][:300]
