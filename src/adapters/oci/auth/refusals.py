"""Explains responses without success."""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.oci.http.bodies import error_code
from watch_cluster.adapters.oci.http.request import Response
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RepositoryNotFound,
)
from watch_cluster.domain.images.credential import Credential

_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404


def refusal_error(
    response: Response, subject: str, *, credential: Credential | None, sent: bool, of_image: bool
) -> RegistryError:
    """Return the port's error for a response without success.

    `subject` is the repository or the image (`of_image`). `credential` is the one in use, None if anonymous; `sent` is
    whether the request contained it.
    """
    code = error_code(response)
    status = response.status
    reply = f"{subject}: {response.host} answered {status}{'' if code is None else f' ({code})'}"
    request = f"{reply} to {requester(credential)}"
    if status == _NOT_FOUND:
        return RepositoryNotFound(_absent(reply, request, of_image=of_image, protocol=code is not None))
    if status == _UNAUTHORIZED:
        return RegistryUnauthorized(
            f"{request}: the repository is private or absent; check the image's name and pull credentials"
        )
    if status == _FORBIDDEN:
        return RegistryUnauthorized(f"{request}: give the pull credentials the right to read the repository")
    if status == _BAD_REQUEST and sent:
        # ECR rejects an expired password like this.
        return RegistryUnauthorized(f"{request}: check the image's name and its pull credentials")
    return RegistryRefused(f"{reply}, which is not part of the registry protocol: check the image's registry")


def requester(credential: Credential | None) -> str:
    """Describe who sent a request."""
    return "an anonymous request" if credential is None else str(credential)


def _absent(reply: str, request: str, *, of_image: bool, protocol: bool) -> str:
    if not protocol:
        return (
            f"{reply} but not as the registry protocol requires: check the image's name, and that its host is a"
            " registry"
        )
    if of_image:
        return f"{request}: there is no such image; check its name, and whether it was deleted"
    return f"{request}: there is no such repository; check the image's name"
