"""Tests of the adapters of Docker Engine that need no engine."""
