"""Bodies of the registries of cloud providers."""

from __future__ import annotations

import base64
import binascii

from msgspec import Struct, field

from watch_cluster.adapters.hooks.bodies.reading import InvalidBody, of_image, pushes, read
from watch_cluster.domain.images.pushed import PushedRepository


class _AcrTarget(Struct):
    repository: str | None = None


class _AcrRequest(Struct):
    host: str | None = None


class _Acr(Struct):
    action: str
    target: _AcrTarget | None = None
    request: _AcrRequest | None = None


def acr(body: bytes) -> tuple[PushedRepository, ...]:
    """Azure Container Registry.

    Source: https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference.
    """
    event = read(body, _Acr)
    if event.action != "push" or event.target is None or event.target.repository is None:
        return ()
    host = "" if event.request is None or event.request.host is None else event.request.host
    return pushes((f"{host}/{event.target.repository}",))


class _EcrDetail(Struct):
    action: str | None = field(name="action-type", default=None)
    result: str | None = None
    repository: str | None = field(name="repository-name", default=None)


class _Ecr(Struct):
    detail_type: str | None = field(name="detail-type", default=None)
    detail: _EcrDetail | None = None


def ecr(body: bytes) -> tuple[PushedRepository, ...]:
    """Amazon ECR through EventBridge. A registry has several host names, so that the path alone counts.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html.
    """
    event = read(body, _Ecr)
    detail = event.detail
    if event.detail_type != "ECR Image Action" or detail is None or detail.repository is None:
        return ()
    return pushes((f"/{detail.repository}",)) if (detail.action, detail.result) == ("PUSH", "SUCCESS") else ()


class _Message(Struct):
    data: str = ""


class _PubSub(Struct):
    message: _Message


class _ArtifactRegistry(Struct):
    action: str | None = None
    digest: str | None = None
    tag: str | None = None


def artifact_registry(body: bytes) -> tuple[PushedRepository, ...]:
    """Google Artifact Registry through a push subscription of Pub/Sub, which wraps the message.

    Source: https://cloud.google.com/artifact-registry/docs/configure-notifications.
    """
    try:
        content = base64.b64decode(read(body, _PubSub).message.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBody("the body is not what this source sends") from error
    event = read(content, _ArtifactRegistry)
    image = event.tag or event.digest
    return pushes((of_image(image),)) if event.action == "INSERT" and image else ()
