# Common tasks. `uv run just` lists them.

# Compile test modules once, whatever the shell says.
export PYTHONDONTWRITEBYTECODE := ""

_list:
    @just --list

# Run all checks before a commit.
check: lint types test

# Check style, formatting and layers.
lint:
    uv run ruff check
    uv run ruff format --check
    uv run lint-imports

# Check types.
types:
    uv run mypy

# Run all tests; includes the cluster tests if the control plane was built or a kubeconfig is given.
test *arguments:
    uv run pytest {{ arguments }}

# Build the control plane (8 to 14 minutes, once) and run all tests.
test-cluster *arguments:
    uv run pytest --cluster {{ arguments }}

# Run the tests with real containers; needs root on Linux, containerd, runc and the CNI plugins.
test-node *arguments:
    uv run pytest --node tests/node {{ arguments }}

# Run the tests on Kubernetes 1.20.15, the oldest that is supported (builds it once, 8 to 20 minutes).
test-old *arguments:
    uv run pytest --old tests/old {{ arguments }}

# Run the tests that only need Python, in seconds: few examples of property tests, nothing exhaustive.
test-fast *arguments:
    uv run pytest --hypothesis-profile=fast -m "not exhaustive" tests/unit tests/contracts/test_in_memory.py tests/features/test_in_memory.py {{ arguments }}

# Build the image on a base that is pinned by the digest that its tag stands for now; without a digest, nothing is built.
image tag="watch-cluster:latest" base="python:3.13-slim-bookworm":
    digest=$(uv run watch-cluster tags {{ base }} --strategy latest --output json | uv run python -c 'import json, sys; print(json.load(sys.stdin)["digest"])'); pinned=$(uv run python -m release.artifacts base "{{ base }}@$digest") && docker build -t {{ tag }} --build-arg BASE="$pinned" .

# Write what the chart says about variables, and copy the alert rules and the dashboard into it.
chart:
    uv run python -m tests.helm.values_schema
    cp monitoring/alerts.yaml monitoring/dashboard.json charts/watch-cluster/files/

# Write the generated parts of the documents.
docs:
    uv run python -m tests.generate.pages

# Play the demo, and write the recording of it that the README shows.
recording:
    uv run python -m tests.generate.recording

# Build the site of the documents; a broken link is an error.
site:
    NO_MKDOCS_2_WARNING=1 uv run --group docs mkdocs build --strict

# Test the chart with a real Helm (builds it once, 4 minutes of one core).
test-helm *arguments:
    uv run pytest --helm -n 0 tests/helm {{ arguments }}

# Fix style and formatting.
fix:
    uv run ruff check --fix
    uv run ruff format

# Benchmark decoding, schedules, tag selection and the registry client.
benchmark:
    uv run python -m tests.benchmarks.decoding
    uv run python -m tests.benchmarks.schedules
    uv run python -m tests.benchmarks.tags
    uv run python -m tests.benchmarks.registry

# Benchmark the controller with a real API server and registry (sizes: see --help).
benchmark-controller *sizes:
    uv run python -m tests.benchmarks.controller {{ sizes }}

# Update all workloads while the registry, the API server and the leader fail.
benchmark-faults *sizes:
    uv run python -m tests.benchmarks.faults {{ sizes }}

# Check that memory stays flat over 200 ticks and ten updates of all workloads.
benchmark-soak *sizes:
    uv run python -m tests.benchmarks.soak {{ sizes }}

# Measure how much a namespace of broken workloads delays another one.
benchmark-load-shed *workloads:
    uv run python -m tests.benchmarks.load_shed {{ workloads }}
