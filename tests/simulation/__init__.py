"""People, registries, crashes and time, in an order that a seed decides, and what must hold all the while."""
