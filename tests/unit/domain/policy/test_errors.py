"""Messages about invalid settings stay short, whatever was written."""

from __future__ import annotations

from watch_cluster.domain.policy.errors import InvalidConfiguration, SettingError


def test_a_long_error_of_a_parser_is_cut() -> None:
    error = SettingError("cron", "x" * 5000, "write less than " + "y" * 5000)
    assert str(error) == f"cron: '{'x' * 80}…' is not valid, write less than {'y' * 484}…"


def test_lists_the_first_of_very_many_errors() -> None:
    faults = tuple(SettingError(f"key-{number}", "x", "write y") for number in range(50))
    shown = str(InvalidConfiguration(faults))
    assert shown.startswith("key-0: 'x' is not valid, write y; key-1: ")
    assert shown.endswith("key-19: 'x' is not valid, write y; 30 more")
