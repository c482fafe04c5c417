"""What is said of an expression that is no schedule, and of the field that is at fault."""

from __future__ import annotations


class InvalidSchedule(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """The text is no cron schedule. The message is one line: the expression, the field at fault, what is allowed."""


class InvalidField(ValueError):  # noqa: N818 - the name says what is wrong, as in packaging
    """One field is at fault. The message names the field, its text, and what is allowed."""
