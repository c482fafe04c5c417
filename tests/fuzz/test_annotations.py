"""Whatever people, programs and accidents write into annotations and images: no task of the process fails by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.fakes.image_registry import FakeImageRegistry
from tests.fakes.notifier import RecordingNotifier
from tests.fakes.orchestrator import FakeOrchestrator
from tests.fakes.outbox import RecordingOutbox
from tests.fakes.process import process_in_memory, settle
from tests.fakes.timing import FakeClock
from tests.fuzz.fuzzing import Fuzz, spoilt
from watch_cluster.adapters.memory.leadership import SoleLeadership
from watch_cluster.domain.policy.setting_specs import CONTAINER_KEYS, WORKLOAD_KEYS
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey

SHOP: Final = WorkloadKey("default", "Deployment", "shop")
REPOSITORY: Final = "registry.example/shop"
WORDS: Final = (
    "true",
    "false",
    "latest",
    "version",
    "0 */5 * * * ?",
    "* * * * *",
    "every 5 minutes",
    "Asia/Seoul",
    "^1.2",
    ">=1,<2",
    "~1",
    "5m",
    "1d",
    "*",
    "app,init",
    "notify",
    "required",
    "app:1.0.1",
    "regex:^v",
    "[0-9]+",
    "Mon-Fri 22:00-06:00",
    "1.0.1",
    f"{REPOSITORY}:1.0.1",
    f"sha256:{'0' * 64}",
)
NOISE: Final = st.text(max_size=30) | st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
IMAGES: Final = st.text(max_size=40) | st.sampled_from(
    [
        f"{REPOSITORY}:1.0.0",
        REPOSITORY,
        f"{REPOSITORY}:latest",
        f"{REPOSITORY}@sha256:{'0' * 64}",
        f"{REPOSITORY}:1.0.0@sha256:{'a' * 64}",
        "shop",
        ":",
        "@",
        "a/b/c:d",
    ]
)
TAGS: Final = st.lists(
    st.text(max_size=20)
    | st.from_regex(r"v?[0-9]{1,20}(\.[0-9]{1,6}){0,4}([-+_.a-z0-9]{0,12})", fullmatch=True)
    | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True),
    max_size=12,
).map(tuple)


class Stage:
    """A workload, a registry and the process, in memory."""

    def __init__(self, annotations: dict[str, str], image: str, tags: tuple[str, ...]) -> None:
        self.clock = FakeClock(datetime(2031, 1, 1, 0, 1, tzinfo=UTC))
        self.orchestrator = FakeOrchestrator(self.clock)
        self.orchestrator.create(SHOP, [Container("app", image), Container("init", image, init=True)], annotations)
        self.controller = process_in_memory(
            clock=self.clock,
            orchestrator=self.orchestrator,
            registry=FakeImageRegistry({REPOSITORY: tags}),
            notifier=RecordingNotifier(),
            outbox=RecordingOutbox(),
            leadership=SoleLeadership(),
        )

    def run(self, duration: timedelta) -> None:
        """Let time pass. A task that fails with an error that nobody has declared is a defect."""
        end = self.clock.now() + duration
        with capture_logs() as logs:
            while self.clock.now() < end:
                self.orchestrator.settle()
                settle(self.controller)
                self.clock.advance(timedelta(minutes=1))
        failed = [line for line in logs if line["log_level"] in {"error", "critical"}]
        assert not failed


def written_by_us() -> dict[str, str]:
    """What a workload carries in the middle of a rollout."""
    stage = Stage({annotation.ENABLED: "true"}, f"{REPOSITORY}:1.0.0", ("1.0.0", "1.0.1"))
    stage.run(timedelta(minutes=6))
    workload = stage.orchestrator.find(SHOP)
    assert workload is not None
    assert annotation.ROLLOUT in workload.annotations
    return dict(workload.annotations)


def test_no_annotation_that_people_write_makes_a_task_fail(fuzz: Fuzz) -> None:
    keys = st.sampled_from(sorted(WORKLOAD_KEYS)) | st.sampled_from(
        [annotation.of_container(key, "app") for key in sorted(CONTAINER_KEYS)]
    )
    inputs = st.tuples(st.dictionaries(keys, NOISE, max_size=6), IMAGES, TAGS)

    def check(found: tuple[dict[str, str], str, tuple[str, ...]]) -> None:
        written, image, tags = found
        Stage({annotation.ENABLED: "true"} | written, image, tags).run(timedelta(minutes=7))

    fuzz(inputs, check)


def test_no_annotation_that_we_write_makes_a_task_fail_when_somebody_has_changed_it(fuzz: Fuzz) -> None:
    good = written_by_us()
    documents = {key: json.loads(value) for key, value in good.items() if value.startswith(("{", "["))}
    assert documents

    @st.composite
    def inputs(draw: st.DrawFn) -> dict[str, str]:
        key = draw(st.sampled_from(sorted(annotation.WRITTEN | documents.keys())))
        document: Any = documents.get(key)
        value = draw(NOISE) if document is None else json.dumps(draw(spoilt(document)))
        return {annotation.ENABLED: "true"} | good | {key: value}

    def check(written: dict[str, str]) -> None:
        Stage(written, f"{REPOSITORY}:1.0.1", ("1.0.0", "1.0.1", "1.0.2")).run(timedelta(minutes=7))

    fuzz(inputs(), check)


def test_no_tag_makes_a_task_fail(fuzz: Fuzz) -> None:
    strategies = st.sampled_from(("version", "version-lock-major", "latest"))

    def check(found: tuple[str, tuple[str, ...], str]) -> None:
        strategy, tags, present = found
        written = {annotation.ENABLED: "true", annotation.STRATEGY: strategy}
        Stage(written, f"{REPOSITORY}:{present}", (*tags, present)).run(timedelta(minutes=7))

    present = st.from_regex(r"v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-[a-z]{1,6}[0-9]{0,2})?", fullmatch=True)
    fuzz(st.tuples(strategies, TAGS, present), check)
