"""The ports: what the use cases need from outside, one module each."""
