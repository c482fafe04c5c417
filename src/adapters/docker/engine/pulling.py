"""Pulls images, with the credentials that open their repository."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Final

from watch_cluster.adapters.docker.engine.client import EngineApi
from watch_cluster.adapters.docker.engine.errors import EngineRefused, EngineUnavailable, printable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference

SILENCE_SECONDS: Final = 120.0
"""How long the engine may report nothing while it pulls. A large layer may take hours, and is reported as it comes."""
_PERMANENT: Final = ("manifest unknown", "not found", "unsupported", "no matching manifest", "invalid reference")
"""What engines say of an image that no later pull will get either."""

Credentials = Callable[[ImageReference], tuple[Credential, ...]]


def pull(api: EngineApi, image: ImageReference, digest: str | None, credentials: tuple[Credential, ...]) -> None:
    """Pull the image, by its digest if one is known, and have its tag name it.

    Raises `EngineRefused` when there is no such image, else `EngineUnavailable`.
    """
    exact = image if digest is None else image.with_digest(digest)
    errors: list[Exception] = []
    for credential in credentials or (None,):
        try:
            _pull(api, exact, credential)
            break
        except (EngineRefused, EngineUnavailable) as error:
            errors.append(error)
    else:
        raise errors[-1]
    if digest is not None and image.digest is None:
        source = f"{exact.repository}@{digest}"
        api.post(
            f"/images/{source}/tag", params={"repo": str(image.repository), "tag": image.effective_tag or "latest"}
        )


def _pull(api: EngineApi, image: ImageReference, credential: Credential | None) -> None:
    params = {"fromImage": str(image.repository), "tag": image.digest or image.effective_tag or "latest"}
    headers = {} if credential is None else {"X-Registry-Auth": _header(image, credential)}
    complete = False
    for line in api.stream("POST", "/images/create", params, headers, SILENCE_SECONDS):
        if "error" in line:
            message = f"docker: cannot pull {image}: {printable(str(line['error']))}"
            permanent = any(each in message.lower() for each in _PERMANENT)
            raise EngineRefused(message) if permanent else EngineUnavailable(message)
        complete = str(line.get("status", "")).startswith(("Status:", "Digest:")) or complete
    if not complete:
        raise EngineUnavailable(f"docker: cannot pull {image}: the engine has stopped to report its progress")


def _header(image: ImageReference, credential: Credential) -> str:
    """Source: https://docs.docker.com/reference/api/engine/#section/Authentication."""
    login = {"serveraddress": image.repository.registry}
    if credential.identity_token:
        login["identitytoken"] = credential.identity_token
    else:
        login |= {"username": credential.username, "password": credential.password}
    return base64.urlsafe_b64encode(json.dumps(login).encode()).decode()
