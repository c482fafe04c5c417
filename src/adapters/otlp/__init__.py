"""Traces over OTLP."""
