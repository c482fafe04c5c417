"""Errors of cron expressions and their fields."""

from __future__ import annotations


class InvalidSchedule(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is not a valid cron schedule. The message is one line: expression, invalid field, what is allowed."""


class InvalidField(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """One field is invalid. The message has the field, its text and what is allowed."""
