from __future__ import annotations

import pytest

from watch_cluster.domain.images.credential import Credential


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        pytest.param(Credential("alice", "hunter2"), "the user 'alice'", id="a password"),
        pytest.param(Credential("", "hunter2"), "the user ''", id="a password without a user"),
        pytest.param(Credential("alice", "", "hunter2"), "the user 'alice'", id="an identity token of a user"),
        pytest.param(Credential("", "", "hunter2"), "the identity token", id="an identity token of nobody"),
        pytest.param(
            Credential("<token>", "", "hunter2"), "the identity token", id="an identity token, as Docker says"
        ),
        pytest.param(
            Credential("00000000-0000-0000-0000-000000000000", "", "hunter2"),
            "the identity token",
            id="an identity token, as Azure says",
        ),
    ],
)
def test_a_credential_says_whose_it_is_and_nothing_secret(credential: Credential, said: str) -> None:
    assert str(credential) == said
    assert "hunter2" not in f"{credential} {credential!r}"
