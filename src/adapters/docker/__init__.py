"""Docker Engine as an orchestrator: containers and Compose services as workloads."""
