"""An orchestrator and its neighbours in memory, for tests and for the demo."""
