"""Which features each orchestrator can have, and why it cannot have the others.

`python -m tests.features.promises` makes docs/orchestrators.md of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Capability:
    """What an orchestrator cannot have: features by file name and scenarios by the name of their test, with reasons."""

    name: str
    features: Mapping[str, str] = field(default_factory=dict)
    scenarios: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> list[str]:
        """Return the feature files that it can have, at least in part."""
        return sorted(each.name for each in FOLDER.glob("*.feature") if each.name not in self.features)

    def remove_from(self, module: dict[str, Any]) -> None:
        """Remove the tests of the scenarios that it cannot have. Fails if there is no such test."""
        for name in self.scenarios:
            del module[name]


KUBERNETES: Final = Capability("Kubernetes")
_ONE_OWNER: Final = "everybody who may use an engine owns all of it"
DOCKER: Final = Capability(
    "Docker",
    {
        "gitops.feature": "no tool applies containers from Git",
        "write_back.feature": "no tool applies containers from Git",
        "platforms.feature": "an engine is one machine",
        "private_registries.feature": "containers have no pull secrets; the credentials are those of `docker login`",
        "signatures.feature": "there are no Secrets; the keys are those of `VERIFY_POLICIES`",
        "settings_inheritance.feature": "a project has no settings; `DEFAULT_…` variables apply to all workloads",
    },
    {
        "test_a_broken_replica_blocks_a_statefulset": "no broken container blocks the next one",
        "test_a_pipeline_applies_the_old_image": "kubectl creates no containers",
        "test_an_update_that_cannot_be_verified_is_reported_as_unverified": "no workload starts later",
        "test_the_other_workload_has_no_replicas": "a service without containers does not exist",
        "test_nodes_would_not_pull_the_image_again": "each update pulls the image",
        "test_the_image_has_failed_in_three_other_namespaces": _ONE_OWNER,
        "test_the_owner_wants_an_image_that_has_failed_in_other_namespaces": _ONE_OWNER,
        "test_one_namespace_alone_holds_nothing_back_for_others": _ONE_OWNER,
        "test_the_image_cannot_be_updated": "no container is created of an image that cannot be pulled",
        "test_the_progress_deadline_of_the_workload_expires": "containers have no deadline of their own",
        "test_the_quota_is_exhausted": "an engine has no quota",
        "test_the_namespace_names_a_channel": "a project has no settings",
        "test_the_workload_is_scaled_to_zero": "a stopped container is updated, and stays stopped",
    },
)
_NOTHING_RUNS: Final = "nothing runs in a folder"
MANIFESTS: Final = Capability(
    "Folder of manifests",
    {
        **dict.fromkeys(
            (
                "approval.feature",
                "blast_radius.feature",
                "channels.feature",
                "digest_updates.feature",
                "manual_changes.feature",
                "manual_checks.feature",
                "notifications.feature",
                "promotion.feature",
                "release_notes.feature",
                "restarts.feature",
                "rollback.feature",
                "rollout_progress.feature",
                "workload_kinds.feature",
            ),
            _NOTHING_RUNS,
        ),
        "gitops.feature": "it is what the tool applies",
        "write_back.feature": "it is what is written back to",
        "platforms.feature": "a folder has no nodes",
        "pushes.feature": "a folder is checked when somebody runs the command",
        "private_registries.feature": "a folder has no Secrets",
        "signatures.feature": "a folder has no Secrets",
    },
    {
        "test_an_owner_opts_out_during_a_rollout": "a folder has no rollout that takes time",
        "test_an_operator_manages_the_workload": "an owner is not in a manifest",
        "test_development_follows_a_mutable_tag_every_five_minutes": "what an unpinned tag runs is not in a folder",
    },
)
