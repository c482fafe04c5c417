"""The pure core: what is decided, as values and small functions without I/O, time or randomness."""
