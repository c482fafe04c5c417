"""Tags as versions: how they are parsed, ordered, constrained and selected."""
