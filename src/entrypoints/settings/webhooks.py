"""Types of the variables for webhooks and channels. Their values can be secrets, so messages never quote them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, SecretStr

from watch_cluster.entrypoints.settings.values import split

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*", re.ASCII)


def _url(text: str) -> str:
    import httpx  # as for proxies

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("this is not a webhook URL: write https://HOST/PATH, and put credentials in WEBHOOK_HEADERS")
    return text


def _headers(value: object) -> object:
    """Parse `key1=value1,key2=value2`."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in split(value)]
    for number, (name, equals, content) in enumerate(pairs, 1):
        if not equals or not _TOKEN.fullmatch(name.strip()) or not _PRINTABLE.fullmatch(content.strip()):
            raise ValueError(f"entry {number} is not a header: write key1=value1,key2=value2")
    return tuple((name.strip(), SecretStr(content.strip())) for name, _, content in pairs)


def _channels(path: Path) -> Path:
    from watch_cluster.adapters.notifications.channels.specs import read_channels

    read_channels(path)
    return path


ChannelsFile = Annotated[Path, AfterValidator(_channels)]
WebhookUrl = Annotated[str, BeforeValidator(_url)]
Headers = Annotated[tuple[tuple[str, SecretStr], ...], BeforeValidator(_headers)]
