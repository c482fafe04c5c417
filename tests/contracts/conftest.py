"""Assertions of the contracts explain themselves as those of test modules do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.contracts.writing", "tests.contracts.observing", "tests.contracts.history")
