"""People's regular expressions over tags."""
