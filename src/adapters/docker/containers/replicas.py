"""Makes replicas of the core out of the containers of a group: what runs, and why something does not."""

from __future__ import annotations

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.group import Group, ImageFacts, effective_image, latest_entry, should_run
from watch_cluster.adapters.docker.containers.names import Role
from watch_cluster.adapters.docker.state.store import EffectiveImage
from watch_cluster.domain.images.reference import ImageReference, InvalidImageReference
from watch_cluster.domain.workload.replica import Cause, ContainerProblem, ContainerState, Replica
from watch_cluster.domain.workload.running_digests import RunningImage


def replicas_of(group: Group, *, running: bool) -> tuple[Replica, ...]:
    """The replicas of the workload: its containers that run, or are to run."""
    newest = group.newest
    if newest is None:
        return ()
    entry = latest_entry(group)
    target = effective_image(newest, entry)
    replicas = []
    for slot in group.slots.values():
        # While the successor is only created, the replica is the container that it will replace.
        each = slot.current or slot.active
        if each is not None and (each.up or should_run(slot, rolling=running)):
            replicas.append(_replica(group, each, effective_image(each, entry), target))
    return tuple(replicas)


def _replica(group: Group, each: Facts, image: EffectiveImage, target: EffectiveImage) -> Replica:
    problem = _problem(each, group.log_lines.get(each.id, ""))
    state = ContainerState(
        group.key.name,
        image.image,
        started=each.started,
        ready=each.ready,
        restarts=each.restarts,
        runs=_runs(image, each, group.images.get(each.image_id, ImageFacts())),
        problem=problem,
        last_end=_end(each, group.log_lines.get(each.id, "")) if each.restarts or not each.up else "",
    )
    return Replica(
        each.id,
        each.name,
        (state,),
        ready=each.ready,
        digest=image.digest,
        of_current_revision=each.role is Role.CURRENT and image == target,
    )


def _problem(each: Facts, log_line: str) -> ContainerProblem | None:
    if each.status == "restarting" or (each.up and each.restarts and not each.ready):
        return ContainerProblem(Cause.CRASHED, _end(each, log_line))
    if each.up or (each.status == "created" and not each.error):
        return None
    return ContainerProblem(Cause.STOPPED, each.error or _end(each, log_line))


def _end(each: Facts, log_line: str) -> str:
    code = f"exit code {each.exit_code}"
    return f"{code}: {log_line}" if log_line else code


def _runs(image: EffectiveImage, each: Facts, facts: ImageFacts) -> RunningImage | None:
    digests = {text.rpartition("@")[2]: text for text in facts.digests}
    try:
        reference = ImageReference.parse(image.image)
    except InvalidImageReference:
        return RunningImage.parse(each.image_id)
    for known in (reference.digest, image.digest):
        if known is not None and known in digests:
            return RunningImage(known)
    # The last one is the latest that was pulled.
    ours = [digest for digest, text in digests.items() if _repository(text) == str(reference.repository)]
    if ours:
        return RunningImage(ours[-1])
    return RunningImage.parse(each.image_id)


def _repository(text: str) -> str:
    try:
        return str(ImageReference.parse(text).repository)
    except InvalidImageReference:
        return ""
