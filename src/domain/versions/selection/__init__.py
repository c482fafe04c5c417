"""How one of the newer tags is selected, rule by rule."""
