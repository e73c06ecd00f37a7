# Made by `npm run generate` from src/cluster/images/images.ts. Build it from the root of the repository:
#   docker build -f docs/images/init.Dockerfile -t meshwright/init:0.1.0 .
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends iptables && rm -rf /var/lib/apt/lists/*
COPY src/cluster/images/mesh-redirect.sh /usr/local/bin/mesh-redirect
WORKDIR /
USER 0
ENTRYPOINT ["/usr/local/bin/mesh-redirect"]
