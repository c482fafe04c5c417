"""The demo prints what README.md promises."""

from __future__ import annotations

import re
import subprocess

from tests.e2e.process import command, surroundings

STORY = (
    r"you +push shop:1\.0\.1, shop:1\.1\.0-alpine, shop:1\.1\.0 and shop:2\.0\.0-rc1",
    r"event +Normal ImageUpdated demo/Deployment/shop: Updated \S+ -> \S+/shop:1\.1\.0$",
    r"webhook +IMAGE_ROLLOUT_COMPLETED shop \S+/shop:1\.1\.0, rolloutDuration \d+ms$",
    r"you +push another image as site:edge",
    r"event +Normal ImageUpdated demo/Deployment/site: Updated \S+@sha256:\w{64} -> \S+/site:edge@sha256:\w{64}$",
    r"webhook +IMAGE_ROLLOUT_COMPLETED site",
    r"you +push cart:1\.1\.0, which crashes",
    r"event +Warning ImageUpdateFailed demo/Deployment/cart: .*it crashed: exit code 1: cannot open the database",
    r"webhook +IMAGE_ROLLOUT_FAILED cart",
    r"event +Warning ImageRolledBack demo/Deployment/cart: Rolled back \S+/cart:1\.1\.0 -> \S+/cart:1\.0\.0$",
    r"webhook +IMAGE_ROLLED_BACK cart \S+/cart:1\.0\.0",
    r"you +push cart:1\.1\.1, which works",
    r"event +Normal ImageUpdated demo/Deployment/cart: Updated \S+/cart:1\.0\.0 -> \S+/cart:1\.1\.1$",
    r"demo/Deployment/shop +app +\S+/shop:1\.1\.0 +- +up to date",
)


def test_the_demo_shows_an_update_a_digest_change_and_a_rollback() -> None:
    ended = subprocess.run(
        command("demo"), env=surroundings({}), check=False, capture_output=True, text=True, timeout=60
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    for line in STORY:
        assert re.search(line, ended.stdout, re.MULTILINE), f"{line} is not in\n{ended.stdout}"
