from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.adapters.oci.auth.challenge import parse_challenges


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([], [], id="no header"),
        pytest.param([""], [], id="an empty header"),
        pytest.param(["Basic"], [("basic", {})], id="a scheme alone"),
        pytest.param(
            ['Bearer realm="https://auth.test/token",service="r.test",scope="a:b:pull,push"'],
            [("bearer", {"realm": "https://auth.test/token", "service": "r.test", "scope": "a:b:pull,push"})],
            id="a Bearer challenge with a comma inside quotes",
        ),
        pytest.param(
            ['BEARER Realm = "x" , SERVICE=y'], [("bearer", {"realm": "x", "service": "y"})], id="any case, any blanks"
        ),
        pytest.param(
            ['Basic realm="r", Bearer realm="x",service="s"'],
            [("basic", {"realm": "r"}), ("bearer", {"realm": "x", "service": "s"})],
            id="two challenges in one header",
        ),
        pytest.param(
            ['Basic realm="r"', 'Bearer realm="x"'],
            [("basic", {"realm": "r"}), ("bearer", {"realm": "x"})],
            id="two headers",
        ),
        pytest.param(
            ['Negotiate, Bearer realm="x"'], [("negotiate", {}), ("bearer", {"realm": "x"})], id="a scheme alone first"
        ),
        pytest.param(
            ['NTLM abc, Bearer realm="x"'],
            [("ntlm", {}), ("abc", {}), ("bearer", {"realm": "x"})],
            id="a token of an unknown scheme does not hide what follows",
        ),
        pytest.param([r'Bearer realm="a\"b\\c"'], [("bearer", {"realm": r"a\"b\c".replace(r"\"", '"')})], id="escapes"),
        pytest.param(
            ['Basic realm="x, Bearer realm=evil"'],
            [("basic", {"realm": "x, Bearer realm=evil"})],
            id="a challenge inside quotes is none",
        ),
        pytest.param(
            ["Bearer realm=https://auth.test/token,service=s"],
            [("bearer", {"realm": "https://auth.test/token", "service": "s"})],
            id="forgotten quotes",
        ),
        pytest.param(['Bearer realm="x'], [("bearer", {})], id="an open quote"),
        pytest.param(['Bearer realm="x",realm="y"'], [("bearer", {"realm": "x"})], id="a repeated parameter"),
        pytest.param([',, Basic realm="x",,'], [("basic", {"realm": "x"})], id="empty elements"),
        pytest.param(['realm="x"'], [], id="a parameter without a scheme"),
    ],
)
def test_challenges_are_read_as_the_grammar_has_them(
    headers: list[str], expected: list[tuple[str, dict[str, str]]]
) -> None:
    assert [(found.scheme, dict(found.parameters)) for found in parse_challenges(headers)] == expected


@given(st.lists(st.text(st.sampled_from('Bearer realm="\\,= \t') | st.characters()), max_size=3))
def test_no_text_makes_the_parser_fail(headers: list[str]) -> None:
    for challenge in parse_challenges(headers):
        assert challenge.scheme == challenge.scheme.lower() != ""


@given(st.text(), st.text())
def test_quoting_is_reversible(realm: str, service: str) -> None:
    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    (challenge,) = parse_challenges([f'Bearer realm="{quoted(realm)}", service="{quoted(service)}"'])
    assert dict(challenge.parameters) == {"realm": realm, "service": service}
