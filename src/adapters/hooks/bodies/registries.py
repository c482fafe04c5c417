"""Bodies of registries that people run themselves, and of Docker Hub and Quay."""

from __future__ import annotations

from msgspec import Struct, field

from watch_cluster.adapters.hooks.bodies.reading import of_image, pushes, read
from watch_cluster.domain.images.pushed import PushedRepository

_BLOB = "application/octet-stream"


class _Target(Struct):
    repository: str | None = None
    media_type: str | None = field(name="mediaType", default=None)


class _Event(Struct):
    action: str | None = None
    target: _Target | None = None


class _Envelope(Struct):
    events: list[_Event]


def distribution(body: bytes) -> tuple[PushedRepository, ...]:
    """The envelope of events of the distribution registry, which also tells about pulls and single layers.

    Source: https://distribution.github.io/distribution/about/notifications/.
    """
    targets = [event.target for event in read(body, _Envelope).events if event.action == "push"]
    return pushes(
        f"/{target.repository}" for target in targets if target and target.repository and target.media_type != _BLOB
    )


class _HubRepository(Struct):
    repo_name: str


class _Hub(Struct):
    repository: _HubRepository


def docker_hub(body: bytes) -> tuple[PushedRepository, ...]:
    """Docker Hub tells about pushes only.

    Source: https://docs.docker.com/docker-hub/repos/manage/webhooks/.
    """
    return pushes((f"docker.io/{read(body, _Hub).repository.repo_name}",))


class _HarborRepository(Struct):
    repo_full_name: str


class _HarborData(Struct):
    repository: _HarborRepository | None = None


class _Harbor(Struct):
    type: str
    event_data: _HarborData | None = None
    data: _HarborData | None = None


def harbor(body: bytes) -> tuple[PushedRepository, ...]:
    """Harbor, in its own format and as a CloudEvent.

    Source: https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/.
    """
    event = read(body, _Harbor)
    data = event.event_data or event.data
    if event.type not in {"PUSH_ARTIFACT", "harbor.artifact.pushed"} or data is None or data.repository is None:
        return ()
    return pushes((f"/{data.repository.repo_full_name}",))


class _Quay(Struct):
    docker_url: str | None = None


def quay(body: bytes) -> tuple[PushedRepository, ...]:
    """Quay's notification `Push to Repository`.

    Source: https://docs.quay.io/guides/notifications.html.
    """
    return pushes((read(body, _Quay).docker_url,))


class _JfrogData(Struct):
    repo_key: str | None = None
    image_name: str | None = None


class _Jfrog(Struct):
    domain: str | None = None
    event_type: str | None = None
    data: _JfrogData | None = None


def jfrog(body: bytes) -> tuple[PushedRepository, ...]:
    """Artifactory: depending on its set-up, the name of its repository is part of the host or of the path.

    Source: https://jfrog.com/help/r/jfrog-platform-administration-documentation/domain-docker.
    """
    event = read(body, _Jfrog)
    data = event.data
    if event.domain != "docker" or event.event_type not in {"pushed", "promoted"} or data is None:
        return ()
    if data.image_name is None:
        return ()
    return pushes((f"/{data.image_name}", f"/{data.repo_key}/{data.image_name}" if data.repo_key else None))


class _Generic(Struct):
    repository: str | None = None
    repositories: list[str] = field(default_factory=list)


def generic(body: bytes) -> tuple[PushedRepository, ...]:
    """Our own format, for pipelines: `repository` or `repositories`, as images name them, with or without a tag."""
    document = read(body, _Generic)
    return pushes(of_image(each) for each in (document.repository, *document.repositories) if each)
