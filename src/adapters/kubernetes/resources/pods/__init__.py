"""Pods and the states of their containers."""
