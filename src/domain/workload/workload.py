"""Workloads and changes to them, independent of the orchestrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from watch_cluster.domain.images.origin import NO_ORIGIN, ImageOrigin
from watch_cluster.domain.images.platform import SchedulingConstraints


class WorkloadKey(NamedTuple):
    """Identifies a workload: `NAMESPACE/KIND/NAME`.

    A tuple, because each tick looks up and compares thousands of them.
    """

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a workload's template, with its image as written.

    `always_pulled` is whether every start of a replica resolves the image at the registry again. An `init` container
    runs to completion before the others start; a `sidecar` starts before them and runs beside them.
    """

    name: str
    image: str
    always_pulled: bool = False
    init: bool = False
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """The orchestrator's progress in rolling out the template, in numbers of replicas.

    `observed` is false while the counts refer to an older template. `outdated` counts existing replicas of older
    templates. `stalled` is why the orchestrator gave up, None if it has not. `deadline` is how long the orchestrator
    waits for progress before it gives up, None if it never does. `shortage` is why it cannot create the desired
    replicas, such as an exceeded quota; None if it can. `unverifiable` is why progress cannot prove that the template
    works, None if it can.
    """

    observed: bool
    desired: int
    updated: int
    available: int
    outdated: int
    stalled: str | None = None
    deadline: timedelta | None = None
    shortage: str | None = None
    unverifiable: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all desired replicas run the current template and are available, and no outdated one is left.

        An unverifiable template is complete once it is observed.
        """
        if self.observed and self.unverifiable is not None:
            return True
        return (
            self.observed
            and self.stalled is None
            and self.updated >= self.desired
            and self.available >= self.desired
            and self.outdated == 0
        )


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze: no rollout starts in the namespace, or anywhere if it is the one that Watch-Cluster runs in."""

    namespace: str
    reason: str


@dataclass(frozen=True, slots=True)
class ManagedFromGit:
    """Another tool applies the workload from Git, and would undo changes of the live object.

    `tool` and `source` name it, such as `Flux` and `Kustomization flux-system/apps`. `exception` is where that tool can
    be told to leave the image alone.
    """

    tool: str
    source: str
    exception: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A snapshot of a workload.

    `annotations` contains only keys of Watch-Cluster. `last_modified_by_others` is when anyone other than
    Watch-Cluster and the orchestrator last modified the workload, its creation time if nobody did. `template_digest`
    is the template's digest for unpinned replicas; `template_annotated` is whether the template has any annotations.
    `pull_secrets` are the names of the template's pull credentials, in order; `service_account` provides more.
    `managed_from_git` is the tool that would revert our changes to what is in Git.
    `inherited` contains the keys of Watch-Cluster on its namespace. `owner` is the object that manages the workload
    and would revert our changes, such as `Rollout my-app`. `paused` is whether rollouts of the workload are paused,
    and `resume_command` how a person resumes them, if the orchestrator has a command for it.
    `revision` identifies the template: `1` for the first, another for each change; None if the orchestrator has none.
    `scheduling` are the template's scheduling constraints. `ordered` is whether replicas are replaced in order, so
    that a broken one blocks the following ones.
    """

    key: WorkloadKey
    uid: str
    containers: tuple[Container, ...]
    progress: Progress
    last_modified_by_others: datetime
    annotations: Mapping[str, str] = field(default_factory=dict)
    template_digest: str | None = None
    template_annotated: bool = False
    inherited: Mapping[str, str] = field(default_factory=dict)
    freeze: Freeze | None = None
    owner: str | None = None
    managed_from_git: ManagedFromGit | None = None
    paused: bool = False
    resume_command: str | None = None
    revision: str | None = None
    ordered: bool = False
    scheduling: SchedulingConstraints = field(default_factory=SchedulingConstraints)
    pull_secrets: tuple[str, ...] = ()
    service_account: str = "default"

    def image_of(self, container: str) -> str | None:
        """Return the image of the container with this name, None if there is none."""
        return next((candidate.image for candidate in self.containers if candidate.name == container), None)


@dataclass(frozen=True, slots=True)
class ImageChange:
    """A change of one container's image in the template.

    `ran` is the digest that replicas ran before, None if unknown. `digest` is the target digest if `after` does not
    contain it; it is then written to the template. `origin` is where the new image says that it comes from.
    """

    container: str
    before: str
    after: str
    ran: str | None = None
    digest: str | None = None
    origin: ImageOrigin = NO_ORIGIN

    def __str__(self) -> str:
        """Format the change with known digests: `app:1.0 -> app:1.1`."""
        return f"{_with_digest(self.before, self.ran)} -> {_with_digest(self.after, self.digest)}"


@dataclass(frozen=True, slots=True)
class Change:
    """An atomic, conditional change of a workload.

    It applies only to the workload with this `uid`, if every image still equals `before` and the annotations have
    exactly the `expected` values (None for absent). `annotations` are set, or removed if the value is None.
    `expected_images` maps the names of containers whose image is not changed, but must still be this one.
    """

    uid: str
    annotations: Mapping[str, str | None]
    expected: Mapping[str, str | None]
    images: tuple[ImageChange, ...] = ()
    expected_images: Mapping[str, str] = field(default_factory=dict)

    def conflict(self, workload: Workload) -> str | None:
        """What has changed since the change was decided, for an error message; None if nothing has."""
        if workload.uid != self.uid:
            return f"{workload.key} is gone"
        for name, value in self.expected.items():
            if workload.annotations.get(name) != value:
                return f"{workload.key}: annotation {name} has changed"
        images = {**self.expected_images, **{change.container: change.before for change in self.images}}
        for container, image in images.items():
            if workload.image_of(container) != image:
                return f"{workload.key}: the image of container {container} has changed"
        return None

    @property
    def template_digest(self) -> str | None:
        """The digest annotation of the new template, for digests that the images do not contain; None if none."""
        return ",".join(change.digest for change in self.images if change.digest is not None) or None


def _with_digest(image: str, digest: str | None) -> str:
    return image if digest is None or "@" in image else f"{image}@{digest}"
