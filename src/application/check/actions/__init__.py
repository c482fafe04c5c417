"""What follows from a check: rollouts, proposals, and what is reported."""
