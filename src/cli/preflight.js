/**
 * Runs before anything that an old Node can't read: plain JavaScript, no imports at the top.
 *
 * In the repository the right Node is a dependency, so a command that an older Node started goes on there.
 */
const needed = [22, 19]

export async function run() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
    const { runCommand } = await import('./src/cli/main.js')
    return runCommand()
  }
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(bundled)) {
    console.error(
      `error: Meshwright needs Node ${needed.join('.')} or newer; this is ${process.versions.node}\n  = help: install a newer Node, or add one to your project: npm install --save-dev node@24`,
    )
    process.exitCode = 2
    return
  }
  const { spawnSync } = await import('node:child_process')
  const { status } = spawnSync(bundled, process.argv.slice(1), { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
