# syntax=docker/dockerfile:1
# Dependencies are installed from the lock file, so that the same sources give the same packages.
FROM python:3.13-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
ENV UV_PROJECT_ENVIRONMENT=/opt/watch-cluster \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
# Dependencies come before the sources, so that a change of the sources does not reinstall them.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra traces --no-install-project
COPY README.md LICENSE ./
COPY src src
RUN uv sync --frozen --no-dev --extra traces --no-editable
# Remove the asynchronous part of the Kubernetes client and its dependencies, which are not used.
RUN rm -r /opt/watch-cluster/lib/python3*/site-packages/kubernetes/aio
RUN uv pip uninstall --python /opt/watch-cluster/bin/python \
    aiohttp aiohttp-retry aiohappyeyeballs aiosignal attrs frozenlist multidict propcache yarl

FROM python:3.13-slim-bookworm
COPY --from=build /opt/watch-cluster /opt/watch-cluster
ENV PATH=/opt/watch-cluster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["watch-cluster"]
CMD ["run"]
