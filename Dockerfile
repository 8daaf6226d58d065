# syntax=docker/dockerfile:1
# Two targets, `cpu` and `cuda`: packages, models and box inside, nobody's root, nothing written outside /work and /tmp.

FROM node:24.11-bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/syntonym
ENV XDG_CACHE_HOME=/opt/syntonym/cache
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev
COPY setup setup
COPY models models
COPY schemas schemas
COPY processors processors
RUN node models/prepare/main.ts && node -e "import('./setup/box.mjs').then(({ installBox }) => installBox({ cache: '/opt/syntonym/cache/syntonym', say: console.log }))"
COPY cli cli
COPY gateway gateway
COPY samples samples
COPY docker docker
COPY LICENSE NOTICE README.md ./
# What /readyz and the log name.
COPY docs/runbooks docs/runbooks
COPY docs/operations.md docs/failures.md docs/metrics.md docs/capacity.md docs/zones.md docs/
# What is inside, for whoever has to answer for it.
RUN npm sbom --sbom-format cyclonedx --omit dev > sbom.cdx.json

FROM node:24.11-bookworm-slim AS cpu
RUN groupadd --gid 10001 syntonym && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin syntonym \
    && mkdir -p /work /syntonym/jobs && chown 10001:10001 /work
ENV XDG_CACHE_HOME=/opt/syntonym/cache HOME=/work NODE_ENV=production ORT_DISABLE_TELEMETRY=1 SYNTONYM_DATA_DIR=/work/data
COPY --from=packages /opt/syntonym /opt/syntonym
WORKDIR /opt/syntonym
USER 10001:10001
VOLUME /work
ENTRYPOINT ["/opt/syntonym/docker/entrypoint"]
CMD ["doctor"]

# ONNX Runtime's CUDA provider is a download of its own, that the packages' install step leaves out.
FROM packages AS cuda-packages
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js

FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04 AS cuda
COPY --from=node:24.11-bookworm-slim /usr/local/bin/node /usr/local/bin/node
RUN groupadd --gid 10001 syntonym && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin syntonym \
    && mkdir -p /work /syntonym/jobs && chown 10001:10001 /work
ENV XDG_CACHE_HOME=/opt/syntonym/cache HOME=/work NODE_ENV=production ORT_DISABLE_TELEMETRY=1 SYNTONYM_DATA_DIR=/work/data \
    SYNTONYM_EXECUTION_PROVIDER=cuda NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
COPY --from=cuda-packages /opt/syntonym /opt/syntonym
WORKDIR /opt/syntonym
USER 10001:10001
VOLUME /work
ENTRYPOINT ["/opt/syntonym/docker/entrypoint"]
CMD ["doctor"]
