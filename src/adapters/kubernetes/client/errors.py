"""The ways in which a request to the API server fails, whatever the client underneath calls them."""

from __future__ import annotations

import http.client
from http import HTTPStatus
from types import TracebackType

import urllib3


class NoApiServer(Exception):  # noqa: N818 - a kind of answer, not a defect
    """Nothing says where the API server is, or what says so cannot be used; one line for a person."""


class ApiUnreachable(Exception):  # noqa: N818
    """No answer, or only half of one. A request that writes may have taken effect all the same."""


class ApiSilent(ApiUnreachable):
    """An answer that goes on has not gone on for longer than it may: its peer is dead, or has nothing to say."""


class ApiTooLarge(ApiUnreachable):
    """An answer has more bytes than are read at once. A request that writes may have taken effect all the same."""


class ApiRefused(Exception):  # noqa: N818
    """The API server answered, and the answer is no.

    `reason` is the machine's word for it and `message` the person's, both from the Status object; `retry_after` is the
    server's wish in seconds, 0 for none.
    """

    def __init__(self, status: int, reason: str, message: str, retry_after: float = 0) -> None:
        super().__init__(f"the API server answers {status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after

    @property
    def lacks_right(self) -> bool:
        """Whether a right of ours is missing. Quotas, admission and namespaces that go away are 403, too."""
        return self.status == HTTPStatus.FORBIDDEN and " cannot " in self.message


class translate_errors:  # noqa: N801 - reads as a word after `with`
    """Turns whatever the client raises into `ApiUnreachable`. A class, because it also wraps generators."""

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
