"""Which refusals of the API server may be other at the next attempt, and which never."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

PERMANENT: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""The same request fails again until permissions or policies of the cluster change."""

CHANGED: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
"""The object is no longer what the request was made for."""
