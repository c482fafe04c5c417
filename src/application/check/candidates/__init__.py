"""Which candidates a check has, and which of them is selected."""
