# Made by `npm run generate` from src/cluster/images/images.ts. Build it from the root of the repository:
#   docker build -f docs/images/agent.Dockerfile -t meshwright/agent:0.1.0 .
FROM docker.io/library/node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm pack --pack-destination /tmp
WORKDIR /app
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund /tmp/meshwright-*.tgz
FROM docker.io/library/node:24-bookworm-slim
COPY --from=build /app /app
ENV NODE_ENV=production
WORKDIR /app
USER 65532
ENTRYPOINT ["node","/app/node_modules/meshwright/dist/mesh.js"]
