from __future__ import annotations

import pytest

from watch_cluster.domain.images.credential import Credential


@pytest.mark.parametrize(
    ("credential", "description"),
    [
        pytest.param(Credential("alice", "hunter2"), "the user 'alice'", id="a password"),
        pytest.param(Credential("", "hunter2"), "the user ''", id="a password without a user"),
        pytest.param(Credential("alice", "", "hunter2"), "the user 'alice'", id="an identity token of a user"),
        pytest.param(Credential("", "", "hunter2"), "the identity token", id="an identity token without a user"),
        pytest.param(
            Credential("<token>", "", "hunter2"), "the identity token", id="an identity token as Docker stores it"
        ),
        pytest.param(
            Credential("00000000-0000-0000-0000-000000000000", "", "hunter2"),
            "the identity token",
            id="an identity token as Azure stores it",
        ),
    ],
)
def test_describes_a_credential_without_secrets(credential: Credential, description: str) -> None:
    assert str(credential) == description
    assert "hunter2" not in f"{credential} {credential!r}"
