"""How results are printed: tables for people, JSON for programs."""
