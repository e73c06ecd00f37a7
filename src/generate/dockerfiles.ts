/** Dockerfiles of our images, from the list that tests make their root file systems of. */
import { bases, type Image, images } from '../cluster/images/images.ts'

/** By path from the repository's root. Images that differ in nothing but their name share a file. */
export function generateDockerfiles(): { [path: string]: string } {
  const files: { [path: string]: string } = {}
  for (const [, same] of Map.groupBy(images, ({ name: _, ...rest }) => JSON.stringify(rest)))
    files[`docs/images/${fileName(same)}.Dockerfile`] = dockerfile(same)
  return files
}

/** `agent`, `init`; what several share is Bookinfo's. */
function fileName([first, ...others]: readonly Image[]): string {
  return others.length > 0 ? 'bookinfo' : first!.name.replace(/^.*\//, '').replace(/:.*$/, '')
}

function dockerfile(same: readonly Image[]): string {
  const { base, files, workdir, env, user, entrypoint } = same[0]!
  const isPackage = files.some(([from]) => from === 'package')
  const lines = [
    '# Made by `npm run generate` from src/cluster/images/images.ts. Build it from the root of the repository:',
    ...same.map(
      ({ name }) =>
        `#   docker build -f docs/images/${fileName(same)}.Dockerfile -t ${name.replace(/^library\//, '')} .`,
    ),
    ...(isPackage ? buildStage : []),
    `FROM ${bases[base]}`,
    ...(base === 'iptables' ? [iptables] : []),
    ...files.map(([from, to]) => (from === 'package' ? `COPY --from=build ${to} ${to}` : `COPY ${from} ${to}`)),
    ...Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`),
    `WORKDIR ${workdir}`,
    `USER ${user}`,
    ...(entrypoint.length === 0 ? [] : [`ENTRYPOINT ${JSON.stringify(entrypoint)}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** The package as it is published, installed with what it depends on and nothing else. */
const buildStage = [
  `FROM ${bases.node} AS build`,
  'WORKDIR /src',
  'COPY . .',
  'RUN npm ci && npm pack --pack-destination /tmp',
  'WORKDIR /app',
  'RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund /tmp/meshwright-*.tgz',
]

const iptables =
  'RUN apt-get update && apt-get install -y --no-install-recommends iptables && rm -rf /var/lib/apt/lists/*'
