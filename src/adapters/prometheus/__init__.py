"""What is measured, for whoever collects it."""
