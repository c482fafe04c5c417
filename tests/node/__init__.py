"""The tests that need real containers: they run with `pytest --node`, as root on Linux."""
