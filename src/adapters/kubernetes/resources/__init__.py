"""API objects: the fields that are used, decoded into the core's values."""
