/**
 * What the images hold, said once: Dockerfiles are generated from it, and tests make their root file systems of it where no
 * image can be pulled.
 */
export interface Image {
  readonly name: string
  /** What it begins with. */
  readonly base: ImageBase
  /** Files of the repository: from where, relative to its root, to where. */
  readonly files: readonly (readonly [from: string, to: string])[]
  readonly workdir: string
  readonly env: Readonly<{ [name: string]: string }>
  /** Number of the user that it runs as. */
  readonly user: number
  readonly entrypoint: readonly string[]
}

export type ImageBase =
  /** Node 24 and the libraries that it needs. */
  | 'node'
  /** A shell and iptables of both kinds. */
  | 'iptables'

/** Base images on registries, by what they bring. */
export const bases: Readonly<Record<ImageBase, string>> = {
  node: 'docker.io/library/node:24-bookworm-slim',
  iptables: 'docker.io/library/debian:bookworm-slim',
}

/**
 * Not root: what runs as nobody in particular can change nothing in its image. And not the proxy's user either, whose
 * connections are not redirected.
 */
export const imageUser = 65532

const bookinfo = ['productpage:v1', 'details:v1', 'ratings:v1', 'reviews:v1', 'reviews:v2', 'reviews:v3']

export const images: readonly Image[] = [
  {
    name: 'meshwright/agent:0.1.0',
    base: 'node',
    // As `npm pack` has it, with what it depends on.
    files: [['package', '/app']],
    workdir: '/app',
    env: { NODE_ENV: 'production' },
    user: imageUser,
    entrypoint: ['node', '/app/node_modules/meshwright/dist/mesh.js'],
  },
  {
    name: 'meshwright/init:0.1.0',
    base: 'iptables',
    files: [['src/cluster/images/mesh-redirect.sh', '/usr/local/bin/mesh-redirect']],
    workdir: '/',
    env: {},
    // Rules are the kernel's: the container that sets them is the only one of a pod that runs as root.
    user: 0,
    entrypoint: ['/usr/local/bin/mesh-redirect'],
  },
  ...bookinfo.map(name => ({
    name: `library/${name}`,
    base: 'node' as const,
    files: [['examples/bookinfo/app', '/srv/app'] as const],
    workdir: '/srv',
    // In a pod the proxy comes by the pod's own address.
    env: { HOST: '0.0.0.0' },
    user: imageUser,
    entrypoint: [],
  })),
]
