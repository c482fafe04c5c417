"""Small tools that every layer may use: no I/O, no library, time as an argument."""
