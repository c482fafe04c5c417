"""Reads the settings of comparable tools, and says them in ours: one module with one table for each tool."""
