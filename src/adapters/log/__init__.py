"""The log as a place where events are told."""
