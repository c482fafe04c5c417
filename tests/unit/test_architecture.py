"""The core does not know its orchestrator: no Kubernetes word in the domain, the use cases and their ports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

SOURCES: Final = Path(__file__).parents[2] / "src"
CORE: Final = sorted(
    path.relative_to(SOURCES).as_posix()
    for floor in ("domain", "application")
    for path in SOURCES.glob(f"{floor}/**/*.py")
)
_WORD: Final = re.compile(
    r"kubernetes|kubectl|kubelet|\bpods?\b|deployments?\b|statefulsets?|daemonsets?|replicasets?|cronjobs?"
    r"|imagepullpolicy|api server|configmaps?|image_?pull_?secrets?|controllerrevisions?",
    re.IGNORECASE,
)
ALLOWED: Final = (
    # The owner's name of the use case, and of its module.
    "DetectDeployment",
    "detect_deployment",
    # A notification type of webhooks, which receivers know.
    "DEPLOYMENT_DETECTED",
    # Addresses of sources, and the prefix of the taints that an orchestrator sets itself.
    "https://github.com/kubernetes/kubernetes",
    "node.kubernetes.io/",
    # The name of a product that tags are versions of.
    '"kubernetes",',
)


def words_in(text: str) -> frozenset[str]:
    """Return the Kubernetes words in the text, in lowercase."""
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return frozenset(match[0].lower() for match in _WORD.finditer(text))


@pytest.mark.parametrize("path", CORE)
def test_the_core_uses_no_kubernetes_words(path: str) -> None:
    assert words_in((SOURCES / path).read_text(encoding="utf-8")) == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a replica in a namespace", set()),
        ("class DetectDeployment:", set()),
        ("run kubectl rollout resume", {"kubectl"}),
        ("imagePullPolicy: Always", {"imagepullpolicy"}),
        ("a Pod of a Deployment", {"pod", "deployment"}),
    ],
)
def test_recognizes_kubernetes_words(text: str, words: set[str]) -> None:
    assert words_in(text) == words
