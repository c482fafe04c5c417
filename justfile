# The habits of this project. `uv run just` lists them.

# Test modules are compiled once, whatever the shell says.
export PYTHONDONTWRITEBYTECODE := ""

_list:
    @just --list

# Everything that must be right before a commit.
check: lint types test

# Style, form, layers.
lint:
    uv run ruff check
    uv run ruff format --check
    uv run lint-imports

# Types, strictly.
types:
    uv run mypy

# All tests; those on a cluster when its binary was built before, or a kubeconfig is given.
test *arguments:
    uv run pytest {{ arguments }}

# All tests; builds the control plane first (8 to 14 minutes, once).
test-cluster *arguments:
    uv run pytest --cluster {{ arguments }}

# The tests that run real containers: as root on Linux, with containerd, runc and the CNI plugins.
test-node *arguments:
    uv run pytest --node tests/node {{ arguments }}

# The tests that need nothing but Python, in seconds: a fifth of the examples of property tests, nothing exhaustive.
test-fast *arguments:
    uv run pytest --hypothesis-profile=fast -m "not exhaustive" tests/unit tests/features/test_in_memory.py {{ arguments }}

# Repair what can be repaired by itself.
fix:
    uv run ruff check --fix
    uv run ruff format

# What reading workloads, fire times, choosing among tags and asking registries cost.
benchmark:
    uv run python -m tests.benchmarks.decoding
    uv run python -m tests.benchmarks.schedules
    uv run python -m tests.benchmarks.tags
    uv run python -m tests.benchmarks.registry

# What the running controller costs beside a real API server and registry (sizes: see --help).
benchmark-controller *sizes:
    uv run python -m tests.benchmarks.controller {{ sizes }}

# What becomes of an update of everything while the registry, the API server and the leader fail.
benchmark-faults *sizes:
    uv run python -m tests.benchmarks.faults {{ sizes }}

# Whether the controller's memory stays flat over 200 ticks and ten updates of everything.
benchmark-soak *sizes:
    uv run python -m tests.benchmarks.soak {{ sizes }}

# By how much a namespace of broken workloads delays another one.
benchmark-load-shed *workloads:
    uv run python -m tests.benchmarks.load_shed {{ workloads }}
