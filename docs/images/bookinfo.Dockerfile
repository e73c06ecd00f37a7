# Made by `npm run generate` from src/cluster/images/images.ts. Build it from the root of the repository:
#   docker build -f docs/images/bookinfo.Dockerfile -t productpage:v1 .
#   docker build -f docs/images/bookinfo.Dockerfile -t details:v1 .
#   docker build -f docs/images/bookinfo.Dockerfile -t ratings:v1 .
#   docker build -f docs/images/bookinfo.Dockerfile -t reviews:v1 .
#   docker build -f docs/images/bookinfo.Dockerfile -t reviews:v2 .
#   docker build -f docs/images/bookinfo.Dockerfile -t reviews:v3 .
FROM docker.io/library/node:24-bookworm-slim
COPY examples/bookinfo/app /srv/app
ENV HOST=0.0.0.0
WORKDIR /srv
USER 65532
