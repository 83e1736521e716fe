# The laboratory in a container, set up by the same scripts as anywhere else:
#
#   docker build -t naslab .
#   docker run --rm -it -p 127.0.0.1:8888:8888 naslab
#
# Open the address that it prints. Runs are kept with -v naslab-runs:/home/naslab/project/runs.
FROM golang:1.26.8-bookworm

# Debian's security updates replace versions, so pinned ones would soon not be found.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends make python3 python3-venv tini \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 naslab
USER 1000
WORKDIR /home/naslab/project
RUN mkdir runs

# First what changes seldom: tools and Python packages.
COPY --chown=1000:1000 Makefile go.mod go.sum ./
COPY --chown=1000:1000 tools tools
RUN make tools python && go mod download

# Then the project. `make setup` compiles every package, which fills the build
# cache that the first cells need.
COPY --chown=1000:1000 . .
RUN make setup

ENV NASX_PORT=8888
EXPOSE 8888
# tini reaps the helpers that kernels leave behind.
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["make", "lab", "LABFLAGS=--ip=0.0.0.0 --no-browser"]
