"""What people are told of invalid settings stays short, whatever was written."""

from __future__ import annotations

from watch_cluster.domain.policy.errors import InvalidConfiguration, SettingError


def test_what_is_allowed_is_cut_when_a_parser_quotes_a_whole_book() -> None:
    error = SettingError("cron", "x" * 5000, "write less than " + "y" * 5000)
    assert str(error) == f"cron: '{'x' * 80}…' is not valid, write less than {'y' * 484}…"


def test_of_very_many_errors_the_first_are_listed() -> None:
    faults = tuple(SettingError(f"key-{number}", "x", "write y") for number in range(50))
    shown = str(InvalidConfiguration(faults))
    assert shown.startswith("key-0: 'x' is not valid, write y; key-1: ")
    assert shown.endswith("key-19: 'x' is not valid, write y; 30 more")
