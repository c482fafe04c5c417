"""Signatures, verified with `cryptography`, which is imported only when one is verified."""
