"""How the tools are configured: one module with one table for each."""
