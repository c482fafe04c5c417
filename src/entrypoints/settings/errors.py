"""Messages for invalid environment variables: one line each, without secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from watch_cluster.domain.policy.errors import quoted
from watch_cluster.domain.policy.values.suggestion import nearest
from watch_cluster.entrypoints.settings.values import LIMITS

_CHOICE: Final = re.compile(r"'([^']*)'")
_PLUGINS: Final = ("REGISTRY_CREDENTIAL_PROVIDERS", "REGISTRY_CREDENTIAL_PROVIDERS_BIN")


class InvalidSettings(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """Environment variables are invalid; the message has one line for each error."""


def invalid_values(error: ValidationError, secret: Collection[str]) -> Iterator[str]:
    """Yield one line for each value that pydantic rejects; values of `secret` variables are not quoted."""
    for details in error.errors(include_url=False):
        name, message = str(details["loc"][0]), details["msg"].removeprefix("Value error, ")
        value = str(details["input"])
        shown = "" if name in secret or repr(value) in message else f"{quoted(value)}: "
        yield f"{name}: {shown}{message[0].lower()}{message[1:]}{_suggestion(value, details.get('ctx', {}))}"


def too_long(given: Mapping[str, str]) -> Iterator[str]:
    """Yield one line for each value that is too long."""
    for name, value in given.items():
        if len(value) > LIMITS.characters:
            yield f"{name}: it has {len(value):,} characters: write at most {LIMITS.characters:,}"


def missing_partners(given: Mapping[str, str]) -> Iterator[str]:
    """Yield one line for a variable that is required by another one."""
    missing = [name for name in _PLUGINS if name not in given]
    if len(missing) == 1:
        yield f"{missing[0]}: it is not set: {' and '.join(_PLUGINS)} go together"


def _suggestion(value: str, context: Mapping[str, Any]) -> str:
    meant = nearest(value, _CHOICE.findall(str(context.get("expected", ""))))
    return "" if meant is None else f'; did you mean "{meant}"?'
