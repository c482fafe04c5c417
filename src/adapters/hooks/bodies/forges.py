"""Bodies of forges, whose registries belong to projects."""

from __future__ import annotations

from msgspec import Struct, field

from watch_cluster.adapters.hooks.bodies.reading import pushes, read
from watch_cluster.adapters.hooks.bodies.registries import distribution
from watch_cluster.domain.images.pushed import PushedRepository

_CONTAINER = "container"


class _Owner(Struct):
    login: str


class _Package(Struct):
    name: str
    owner: _Owner | None = None
    package_type: str | None = None
    namespace: str | None = None
    type: str | None = None


class _PackageEvent(Struct):
    action: str | None = None
    package: _Package | None = None
    registry_package: _Package | None = None


def ghcr(body: bytes) -> tuple[PushedRepository, ...]:
    """The events `package` and `registry_package` of GitHub; its first delivery, `ping`, names no package.

    Source: https://docs.github.com/webhooks/webhook-events-and-payloads#package.
    """
    event = read(body, _PackageEvent)
    package = event.package or event.registry_package
    if package is None or (package.package_type or "").lower() != _CONTAINER:
        return ()
    owner = package.namespace or (package.owner.login if package.owner else "")
    return pushes((f"ghcr.io/{owner}/{package.name}".lower(),))


def gitea(body: bytes) -> tuple[PushedRepository, ...]:
    """The event `package` of Gitea and Forgejo.

    Source: https://docs.gitea.com/usage/webhooks, and modules/structs/hook.go there.
    """
    event = read(body, _PackageEvent)
    package = event.package
    if package is None or package.type != _CONTAINER or event.action != "created" or package.owner is None:
        return ()
    return pushes((f"/{package.owner.login}/{package.name}".lower(),))


class _Project(Struct):
    path: str = field(name="path_with_namespace")


class _Pipeline(Struct):
    status: str | None = None


class _GitlabEvent(Struct):
    events: list[object] | None = None
    object_kind: str | None = None
    project: _Project | None = None
    object_attributes: _Pipeline | None = None


def gitlab(body: bytes) -> tuple[PushedRepository, ...]:
    """The registry of a GitLab of one's own, which notifies as distribution does; or a pipeline that has succeeded.

    GitLab has no webhook for its registry: a pipeline stands for all images of its project.
    Source: https://docs.gitlab.com/administration/packages/container_registry/#configure-container-registry-notifications
    and https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events.
    """
    event = read(body, _GitlabEvent)
    if event.events is not None:
        return distribution(body)
    pipeline = event.object_attributes
    if event.object_kind != "pipeline" or event.project is None or pipeline is None or pipeline.status != "success":
        return ()
    return pushes((f"/{event.project.path}".lower(),), below=True)
