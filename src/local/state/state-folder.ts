/**
 * What an instance of `mesh up` keeps outside the tree: sockets, tokens, logs, and who runs.
 *
 * An instance is its folder's real path. This folder owns where its state lies, that nobody else can read it, and who
 * holds it; it knows nothing of meshes or proxies.
 */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { pathMissing, stateUnsafe } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'

export interface StateFolder {
  /** The mesh's folder: its real path. */
  readonly dir: string
  /** 16 hex digits, of the real path. */
  readonly id: string
  readonly root: string
  readonly lock: string
  readonly children: string
  readonly controlSocket: string
  readonly xdsSocket: string
  readonly logs: string
  /** Those of the run before. */
  readonly previousLogs: string
  /** Bootstraps, which hold tokens. */
  readonly envoy: string
  /** Admin sockets. */
  readonly admin: string
}

export type Env = Readonly<{ [name: string]: string | undefined }>

// macOS' sockaddr_un has room for 104 bytes with the final zero, Linux' for 108.
const maxSocketPath = 103
// The longest name below the root: `admin/` and 12 hex digits and `.sock`.
const longestSocket = '/admin/0123456789ab.sock'.length
const lockName = 'instance.json'

/**
 * The state folders that a mesh's folder may have, the preferred one first: more than one, because a session without
 * XDG_RUNTIME_DIR has to find what another session started.
 *
 * A folder that is gone still has its state: what runs there must be found to be stopped.
 */
export function stateFolders(
  path: string,
  env: Env = process.env,
  role: 'up' | 'serve' = 'up',
): readonly [StateFolder, ...StateFolder[]] {
  const dir = existsSync(path) ? folderOf(path) : realPath(path)
  // A mesh may be served to others while it also runs here: two instances of one folder.
  const named = role === 'up' ? dir : `${dir}\0${role}`
  const id = createHash('sha256').update(named).digest('hex').slice(0, 16)
  const roots = parents(env).map(parent => join(parent, id))
  const last = roots.pop()!
  const [first = last, ...others] = [...roots.filter(hasRoomForSockets), last]
  return [layout(dir, id, first), ...others.map(root => layout(dir, id, root))]
}

/** Where states of instances lie, the preferred place first. */
function parents(env: Env): readonly string[] {
  const bases = [runtimeBase(env), homeBase(env)].filter(base => base !== undefined)
  return [...bases.map(base => join(base, 'meshwright')), join(tmpdir(), `meshwright-${userInfo().uid}`)]
}

/** Of all instances of this user, whether they still run or not: the file that says who holds it. */
export function lockFiles(env: Env = process.env): readonly string[] {
  return parents(env).flatMap(parent => {
    const mine = statSync(parent, { throwIfNoEntry: false })?.uid === userInfo().uid
    return mine ? readdirSync(parent).map(id => join(parent, id, lockName)) : []
  })
}

/**
 * Makes the folder, mode 0700.
 *
 * @throws Failure where it, or the folder of all instances above it, belongs to somebody else
 */
export function makeStateFolder(state: StateFolder): void {
  mkdirSync(dirname(dirname(state.root)), { recursive: true, mode: 0o700 })
  for (const path of [dirname(state.root), state.root, state.logs, state.envoy, state.admin]) makePrivate(path)
}

/** The mesh's folder for a folder or a file in it, without symbolic links. */
export function folderOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Failure(pathMissing({}, { path }))
  const real = realpathSync(path)
  return stat.isDirectory() ? real : dirname(real)
}

/** The real path, also of what is gone or is yet to be made: of its nearest parent that exists, and the rest. */
export function realPath(path: string): string {
  const missing: string[] = []
  let parent = resolve(path)
  while (!existsSync(parent) && dirname(parent) !== parent) {
    missing.unshift(basename(parent))
    parent = dirname(parent)
  }
  return join(realpathSync(parent), ...missing)
}

/** Where a proxy's admin interface listens: short and free of odd characters, whatever the proxy is called. */
export function adminSocketOf(state: StateFolder, proxy: string): string {
  return join(state.admin, `${createHash('sha256').update(proxy).digest('hex').slice(0, 12)}.sock`)
}

function layout(dir: string, id: string, root: string): StateFolder {
  return {
    dir,
    id,
    root,
    lock: join(root, lockName),
    children: join(root, 'children.json'),
    controlSocket: join(root, 'control.sock'),
    xdsSocket: join(root, 'xds.sock'),
    logs: join(root, 'logs'),
    previousLogs: join(root, 'logs', 'previous'),
    envoy: join(root, 'envoy'),
    admin: join(root, 'admin'),
  }
}

// By the XDG specification the runtime folder is set, absolute, and the user's own; else it is as good as unset.
function runtimeBase(env: Env): string | undefined {
  const path = env['XDG_RUNTIME_DIR']
  if (!path || !isAbsolute(path)) return undefined
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() && stat.uid === userInfo().uid ? path : undefined
}

function homeBase(env: Env): string | undefined {
  const path = env['XDG_STATE_HOME']
  if (path && isAbsolute(path)) return path
  const home = env['HOME'] || homedir()
  return isAbsolute(home) ? join(home, '.local', 'state') : undefined
}

function hasRoomForSockets(root: string): boolean {
  return Buffer.byteLength(root) + longestSocket <= maxSocketPath
}

function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const stat = lstatSync(path)
  // A link in a shared /tmp may be somebody's trap.
  if (!stat.isDirectory()) throw new Failure(stateUnsafe({}, { path, problem: `is no folder (${basename(path)})` }))
  if (stat.uid !== userInfo().uid) throw new Failure(stateUnsafe({}, { path, problem: 'belongs to another user' }))
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700)
}
