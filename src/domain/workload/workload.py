"""What an orchestrator runs, in the words that every orchestrator shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from watch_cluster.domain.images.platform import SchedulingConstraints


class WorkloadKey(NamedTuple):
    """The name by which a person and an orchestrator know a workload: `default/Deployment/my-app`.

    A tuple, since a tick looks up and compares thousands of them.
    """

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a workload's template, with its image as it is written there.

    `always_pulled` is whether every start of an instance asks the registry for the image anew. An `init` container
    runs to its end before the others start; a `sidecar` starts before them, and runs beside them.
    """

    name: str
    image: str
    always_pulled: bool = False
    init: bool = False
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an orchestrator has come in making the workload what its template says, counted in instances.

    `observed` is false while the counts still speak of an older template. `outdated` counts the instances of older
    templates that still exist. `stalled` is the orchestrator's own word that it gave up, None while it has not.
    `deadline` is how long the orchestrator itself waits for progress before it says so, None when it never does.
    `shortage` is why it cannot make as many instances as are wanted, such as a quota, None when it can.
    `unverifiable` is why nothing of this proves that the template works, None when it does.
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
        """Whether every wanted instance runs the present template, is available, and no older one is left.

        What cannot be verified is complete as soon as it is observed.
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
    """Somebody wants no rollout to start, in the namespace or, by Watch-Cluster's own one, anywhere."""

    namespace: str
    reason: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload as its orchestrator last showed it.

    `annotations` holds the keys of Watch-Cluster only. `touched` is the latest time at which somebody other than
    Watch-Cluster and the orchestrator itself wrote to the workload; its creation when nobody did since.
    `template_digest` is what the template says about the digest that unpinned instances were started for, and
    `template_annotated` whether it carries annotations of anybody. `pull_secrets` are the names of what its instances
    bring along to pull images, in order, and `service_account` the account that they run as: it brings more of them.
    `inherited` are the keys of Watch-Cluster on its namespace. `owner` is the object that controls it and would revert
    what we change, such as `Rollout my-app`. `paused` is whether its owner wants no rollout to move. `revision` is how
    its orchestrator counts its templates: the first is `1`, each change makes another one; None if it does not count.
    `needs` is what its template demands of a node. `ordered` is whether its instances come one after the other, so
    that a broken one stops all that come after it.
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
    paused: bool = False
    revision: str | None = None
    ordered: bool = False
    scheduling: SchedulingConstraints = field(default_factory=SchedulingConstraints)
    pull_secrets: tuple[str, ...] = ()
    service_account: str = "default"

    def image_of(self, container: str) -> str | None:
        """The image of the container of that name, None when there is no such container."""
        return next((each.image for each in self.containers if each.name == container), None)


@dataclass(frozen=True, slots=True)
class ImageChange:
    """One container's step from the image that was seen in the template to the image that shall stand there.

    `ran` is the digest that its instances ran before, None when it is not known. `digest` is the one that they shall
    run where `after` does not say it: the template then carries it.
    """

    container: str
    before: str
    after: str
    ran: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        """Tell the step to a person, with the digests: `app:1.0 -> app:1.1`."""
        return f"{_with_digest(self.before, self.ran)} -> {_with_digest(self.after, self.digest)}"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written to a workload, all of it or nothing, and only if it still is what it was taken for.

    `uid` is the workload's: another one of the same name is left alone. `images` replaces each image only where
    `before` still stands. `annotations` are set, and removed where the value is None. `expected` are the annotations
    that must have exactly these values, None for absent, when the change takes effect.
    """

    uid: str
    annotations: Mapping[str, str | None]
    expected: Mapping[str, str | None]
    images: tuple[ImageChange, ...] = ()

    @property
    def template_digest(self) -> str | None:
        """What the template is to say about digests that no image says, None for nothing."""
        return ",".join(step.digest for step in self.images if step.digest is not None) or None


def _with_digest(image: str, digest: str | None) -> str:
    return image if digest is None or "@" in image else f"{image}@{digest}"
