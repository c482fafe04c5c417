# syntax=docker/dockerfile:1
# Everything that is installed has its hash in build-requirements.txt or in the lock file, the build backend among it,
# so that the same sources give the same packages. Releases and `just image` build on a base by its digest and refuse any
# other; the tag is for trying it out.
ARG BASE=python:3.13-slim-bookworm
FROM ${BASE} AS build
WORKDIR /tools
COPY build-requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r build-requirements.txt
WORKDIR /build
ENV UV_PROJECT_ENVIRONMENT=/opt/watch-cluster \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
# Dependencies come before the sources, so that a change of the sources does not reinstall them.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra traces --extra verify --extra notifications --group build --no-install-project
COPY README.md LICENSE ./
COPY src src
# The build backend comes from the lock file: without isolation, none is fetched that is not in it.
RUN uv sync --frozen --no-dev --extra traces --extra verify --extra notifications --group build --no-editable --no-build-isolation
# Remove the build backend.
RUN uv sync --frozen --no-dev --extra traces --extra verify --extra notifications --no-editable --no-build-isolation
# Remove the asynchronous part of the Kubernetes client and its dependencies, which are not used.
RUN rm -r /opt/watch-cluster/lib/python3*/site-packages/kubernetes/aio
RUN uv pip uninstall --python /opt/watch-cluster/bin/python \
    aiohttp aiohttp-retry aiohappyeyeballs aiosignal attrs frozenlist multidict propcache yarl

FROM ${BASE}
COPY --from=build /opt/watch-cluster /opt/watch-cluster
# MALLOC_: large blocks go back to the system when they are freed, and threads share two heaps. Without that, the
# memory of large responses stays with the threads that have read them.
ENV PATH=/opt/watch-cluster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
USER 65532:65532
ENTRYPOINT ["watch-cluster"]
CMD ["run"]
