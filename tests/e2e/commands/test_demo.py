"""The demo prints what README.md promises."""

from __future__ import annotations

import re
import subprocess

from tests.e2e.process import command, process_environment

MOST_LINES = 40
COLUMNS = 80
STORY = (
    r"you     push shop:1\.0\.1, 1\.1\.0-alpine, 1\.1\.0 and 2\.0\.0-rc1$",
    r"… Updating shop:1\.0\.0 → shop:1\.1\.0$",
    r"✓ shop is updated$",
    r"IMAGE_ROLLOUT_COMPLETED$",
    r"… Updating site:edge@[0-9a-f]{12} → site:edge@[0-9a-f]{12}$",
    r"✓ site is updated$",
    r"… Updating cart:1\.0\.0 → cart:1\.1\.0$",
    r"✗ cart failed$",
    r"cannot open the database$",
    r"✓ cart is rolled back$",
    r"webhook .*IMAGE_ROLLED_BACK$",
    r"… Updating cart:1\.0\.0 → cart:1\.1\.1$",
    r"✓ cart is updated$",
    r"^0 updates, 0 held, 3 up to date$",
)
VERBOSE = (
    r"event   Normal ImageUpdated demo/Deployment/shop: Updated \S+ -> \S+/shop:1\.1\.0$",
    r"webhook IMAGE_ROLLOUT_FAILED cart \S+/cart:1\.1\.0, rolloutDuration \d+ms, reason .*cannot open the database",
)


def demo(*options: str) -> str:
    ended = subprocess.run(
        command("demo", *options), env=process_environment({}), check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_the_demo_shows_an_update_a_digest_change_and_a_rollback_on_one_screen() -> None:
    output = demo()
    for line in STORY:
        assert re.search(line, output, re.MULTILINE), f"{line} is not in\n{output}"
    facts = [line.partition(" s ")[2] for line in output.splitlines() if " s " in line and "webhook" not in line]
    assert len(facts) == len(set(facts))
    assert len(output.splitlines()) <= MOST_LINES
    assert max(len(line) for line in output.splitlines()) <= COLUMNS


GITOPS = (
    r"^shop.yaml: default/Deployment/shop app: shop:1\.0\.0 -> shop:1\.1\.0$",
    r"^default/Deployment/cart app: held back: waiting for approval: .*cart:2\.0\.0",
    r"^  Update default/Deployment/shop: app to 1\.1\.0$",
    r"^  \+          image: 'shop:1\.1\.0'   # only this changes$",
    r"^cart.yaml: default/Deployment/cart app: cart:1\.0\.0 -> cart:2\.0\.0$",
    r"^All images are up to date\.$",
)


def test_the_demo_of_gitops_edits_commits_and_waits_for_approval() -> None:
    output = demo("--gitops")
    for line in GITOPS:
        assert re.search(line, output, re.MULTILINE), f"{line} is not in\n{output}"


def test_the_demo_can_show_events_and_webhooks_as_they_are_sent() -> None:
    output = demo("--verbose")
    for line in VERBOSE:
        assert re.search(line, output, re.MULTILINE), f"{line} is not in\n{output}"
