"""The ports, filled in: one package for each technology."""
