"""Replacing containers, in steps that can be taken up again after a kill at any of them."""
