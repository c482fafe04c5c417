"""Ranges, read as npm reads them, over numbers alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.versions.constraint import Constraint, InvalidConstraint


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split("."))


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        pytest.param("^1.4", "1.4 1.4.0 1.9.9 1.99.99.99", "1.3.9 2.0 0.9", id="caret keeps the major version"),
        pytest.param("^1.2.3", "1.2.3 1.3", "1.2.2 2", id="caret of three numbers"),
        pytest.param("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0", id="caret keeps the first number that is not zero"),
        pytest.param("^0.0.3", "0.0.3 0.0.3.9", "0.0.4 0.0.2", id="caret of a patch"),
        pytest.param("^0.0", "0.0.0 0.0.9", "0.1 1", id="caret of zeros keeps what is written"),
        pytest.param("^0", "0 0.9.9", "1", id="caret of zero"),
        pytest.param("^0.x", "0 0.9.9", "1", id="caret of a wildcard"),
        pytest.param("~1.2", "1.2 1.2.9", "1.1.9 1.3", id="tilde keeps the minor version"),
        pytest.param("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0", id="tilde of three numbers"),
        pytest.param("~1", "1 1.9.9", "0.9 2", id="tilde of one number"),
        pytest.param(">=1.2.1", "1.2.1 1.3", "1.2 1", id="missing numbers are zeros"),
        pytest.param(">=1.2 <2", "1.2 1.9.9", "1.1.9 2 2.0.0", id="both must hold"),
        pytest.param(">= 1.2  < 2", "1.2 1.9.9", "1.1 2", id="blanks after the signs"),
        pytest.param(">1.2.3", "1.2.4 2", "1.2.3 1.2.3.9 1.2", id="greater"),
        pytest.param(">1.2", "1.3 2", "1.2 1.2.9", id="greater than anything of a minor version"),
        pytest.param("<=1.2", "1.2 1.2.9 0", "1.3", id="up to anything of a minor version"),
        pytest.param("<1.2", "1.1.9 0", "1.2 1.2.0", id="less"),
        pytest.param("<=1.2.3", "1.2.3 1.2.3.9", "1.2.4", id="up to a patch"),
        pytest.param("1.x", "1 1.9", "0.9 2", id="a wildcard"),
        pytest.param("1.2.*", "1.2 1.2.9", "1.3", id="a star"),
        pytest.param("1.X.3", "1.0 1.9", "2", id="what comes after a wildcard says nothing"),
        pytest.param("*", "0 1 99.99", "", id="anything"),
        pytest.param(">=*", "0 99", "", id="at least anything"),
        pytest.param("<=*", "0 99", "", id="at most anything"),
        pytest.param("^*", "0 99", "", id="caret of anything"),
        pytest.param("~x", "0 99", "", id="tilde of anything"),
        pytest.param("<*", "", "0 1", id="less than anything is nothing"),
        pytest.param(">*", "", "0 1", id="more than anything is nothing"),
        pytest.param("1", "1 1.9.9", "2 0", id="one number"),
        pytest.param("1.2", "1.2 1.2.9", "1.3", id="two numbers"),
        pytest.param("1.2.3", "1.2.3 1.2.3.4", "1.2.4", id="three numbers"),
        pytest.param("=1.2.3", "1.2.3", "1.2.4", id="equal"),
        pytest.param("1.2.3.4", "1.2.3.4", "1.2.3.5 1.2.3", id="four numbers"),
        pytest.param("v1.2", "1.2.9", "1.3", id="a v in front"),
        pytest.param("1.x || 3", "1.5 3.1", "2 4", id="either"),
        pytest.param("1.x||3||5", "1 3 5", "2 4 6", id="either, without blanks"),
        pytest.param("1.2 - 1.4", "1.2 1.4.9", "1.1.9 1.5", id="from and to"),
        pytest.param("1.2.3 - 2", "1.2.3 2.9", "1.2.2 3", id="to anything of a major version"),
        pytest.param(">=1 <2 || ^3.1", "1.5 3.1 3.9", "2 3.0 4", id="both kinds together"),
        pytest.param(">=20240101 <20250101", "20240115", "20250101 20231231", id="dates"),
        pytest.param(">=1.2, <2", "1.2 1.9.9", "1.1.9 2", id="a comma for and, as in Flux"),
        pytest.param(">=1.2,<2,!=1.5", "1.2 1.4 1.6", "1.5 1.5.3 2", id="not equal"),
        pytest.param("!=1.2.3", "1.2.2 1.2.4 0", "1.2.3 1.2.3.4", id="not this patch"),
        pytest.param("!=1.x", "0.9 2", "1 1.9.9", id="not this major version"),
        pytest.param("=<1.2", "1.2 1.2.9 0", "1.3", id="the signs the other way round"),
        pytest.param("=>1.2", "1.2 3", "1.1.9", id="at least, the other way round"),
        pytest.param(" >= 1.2 , < 2 ", "1.2 1.9", "1.1 2", id="blanks everywhere"),
        pytest.param(">1.2, <=1.4 || =3", "1.3 1.4.9 3.1", "1.2 1.5 4", id="commas, and either"),
        pytest.param("^1.2.x", "1.2 1.9", "1.1 2", id="caret and a wildcard"),
        pytest.param("~1.2.x", "1.2 1.2.9", "1.3", id="tilde and a wildcard"),
        pytest.param("^v1.2", "1.2 1.9", "2", id="a v behind a sign"),
        pytest.param("1.2 - 1.4, !=1.3", "1.2 1.4.9", "1.3.1 1.5", id="from and to, but not"),
        pytest.param("~>1.2", "1.2 1.2.9", "1.1.9 1.3", id="a tilde with an arrow"),
        pytest.param("~> 1.2.3 || ^3", "1.2.9 3.4", "1.3 2", id="dialects together"),
        pytest.param("1,2", "", "1 2", id="a comma that leaves nothing"),
        pytest.param(">=2024.1 <2025", "2024.1 2024.12", "2023.12 2025.1", id="calendar versions"),
    ],
)
def test_a_range_includes_what_npm_includes(constraint: str, inside: str, outside: str) -> None:
    read = Constraint.parse(constraint)
    assert {each: read.allows(numbers(each)) for each in inside.split()} == dict.fromkeys(inside.split(), True)
    assert {each: read.allows(numbers(each)) for each in outside.split()} == dict.fromkeys(outside.split(), False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "latest",
        "==1",
        "1..2",
        "1.2.3.4.5",
        "^",
        "1 ||",
        "|| 1",
        "1,",
        ",1",
        "1,,2",
        "1 -2",
        "x.1.2",
        "*.1",
        "X.x.3",
        "\N{FULLWIDTH DIGIT ONE}",
    ],
)
def test_rejects_an_invalid_range_with_an_example(text: str) -> None:
    with pytest.raises(InvalidConstraint, match=r"write a range such as \^1\.4"):
        Constraint.parse(text)


@pytest.mark.parametrize("text", [">=1.2.0-0", "^1.2.3-rc1", ">=1.0 <2.0.0-alpha.1", "1.2.3-rc1 || 2"])
def test_a_prerelease_in_a_range_is_refused_with_the_setting_that_takes_prereleases(text: str) -> None:
    with pytest.raises(InvalidConstraint, match=r"leave out '-.*', and set prerelease"):
        Constraint.parse(text)


def test_a_range_has_an_end() -> None:
    Constraint.parse("1" * 256)
    with pytest.raises(InvalidConstraint, match="at most 256"):
        Constraint.parse("1" * 257)


@given(st.text())
def test_any_text_is_a_range_or_the_declared_error(text: str) -> None:
    try:
        Constraint.parse(text).allows((1, 2, 3))
    except InvalidConstraint:
        return


NUMBERS = st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple)


@given(NUMBERS, NUMBERS)
def test_a_version_is_below_equal_to_or_above_another(bound: tuple[int, ...], version: tuple[int, ...]) -> None:
    written = ".".join(str(each) for each in bound)
    found = [sign for sign in ("<", "=", ">") if Constraint.parse(f"{sign}{written}").allows(version)]
    assert len(found) == 1
    assert Constraint.parse(f"<={written}").allows(version) is (found != [">"])
    assert Constraint.parse(f">={written}").allows(version) is (found != ["<"])


@given(NUMBERS)
def test_caret_and_tilde_include_what_they_name_and_nothing_older(bound: tuple[int, ...]) -> None:
    written = ".".join(str(each) for each in bound)
    for sign in "^~":
        read = Constraint.parse(f"{sign}{written}")
        assert str(read) == f"{sign}{written}"
        assert read.allows(bound)
        assert not read.allows((bound[0] + 1,))
