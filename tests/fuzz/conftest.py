"""What the fuzz tests are given."""

from tests.fuzz.fuzzing import fuzz

__all__ = ["fuzz"]
