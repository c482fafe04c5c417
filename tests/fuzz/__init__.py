"""Everything that comes from outside, in every shape: only declared errors come out of it.

`pytest tests/fuzz --fuzz-seconds 600` looks for so long at each kind of input; without the option it looks briefly.
"""
