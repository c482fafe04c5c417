"""The controller: its loop, work queue and executors."""
