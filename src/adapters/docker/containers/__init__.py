"""Containers as the engine reports them, and the configuration of their successors."""
