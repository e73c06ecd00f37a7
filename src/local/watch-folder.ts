import { join, relative, sep } from 'node:path'
import { watch } from 'chokidar'

// Editors write a file in several steps, and tools write several files: one compile for all of them.
const quietMs = 40

/**
 * Calls back after files under a folder have changed, until `close`. Calls never overlap: what changes meanwhile leads
 * to one more.
 *
 * @param apart folders in it that are not watched: what the callback itself writes
 */
export async function watchFolder(
  folder: string,
  changed: () => Promise<void>,
  apart: readonly string[] = [],
): Promise<{ close(): Promise<void> }> {
  const isApart = (path: string) => apart.some(inside => path === inside || path.startsWith(`${inside}${sep}`))
  const ignored = (path: string) => isIgnored(path) || isApart(path)
  const watcher = watch(folder, { ignoreInitial: true, ignored: path => ignored(relative(folder, path)) })
  await new Promise<void>((resolve, reject) => watcher.once('ready', resolve).once('error', reject))
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isDirty = false
  const run = async () => {
    do {
      isDirty = false
      await changed()
    } while (isDirty)
    running = undefined
  }
  const onTimer = () => {
    isDirty = true
    running ??= run()
  }
  const note = () => {
    clearTimeout(timer)
    timer = setTimeout(onTimer, quietMs)
  }
  watcher.on('all', note)
  // Of two changes to a file within 50 ms that event tells the first alone. What the system itself says tells both, by
  // the name in a folder that is watched, or by a file that is.
  watcher.on('raw', (_, name, details) => {
    const { watchedPath } = details as { readonly watchedPath?: string }
    if (watchedPath !== undefined && !ignored(relative(folder, join(watchedPath, name ?? '')))) note()
  })
  return {
    async close() {
      clearTimeout(timer)
      await watcher.close()
      await running
    },
  }
}

// What a mesh is never loaded from: see the loader's own list.
function isIgnored(path: string): boolean {
  return path.split(sep).some(part => part === 'node_modules' || (part.startsWith('.') && part !== '.'))
}
