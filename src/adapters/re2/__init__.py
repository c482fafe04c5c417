"""Tag patterns matched by RE2."""
