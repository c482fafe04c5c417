"""Evaluates a rollout in flight, and diagnoses the cause of a failure."""
