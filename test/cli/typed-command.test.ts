import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { typedCommand } from '../../src/cli/typed-command.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { meshIn } from './run-mesh.ts'

const agent = (name: string) => `${name}/11.0.0 node/v24.0.0 linux x64`
const installed = '/shop/node_modules/meshwright/dist/src/cli/typed-command.js'
const source = '/meshwright/src/cli/typed-command.ts'

const starts = [
  ['a global command', { file: '/usr/lib/node_modules/meshwright/dist/src/cli/typed-command.js', env: {} }, 'mesh'],
  ['npx', { file: installed, env: { npm_lifecycle_event: 'npx', npm_config_user_agent: agent('npm') } }, 'npx mesh'],
  [
    'a script',
    { file: installed, env: { npm_lifecycle_event: 'dev', npm_config_user_agent: agent('npm') } },
    'npx mesh',
  ],
  [
    'npx without a dependency',
    {
      file: '/home/me/.npm/_npx/0a1b/node_modules/meshwright/dist/src/cli/typed-command.js',
      env: { npm_lifecycle_event: 'npx', npm_config_user_agent: agent('npm') },
    },
    'npx meshwright',
  ],
  [
    'pnpm',
    { file: installed, env: { npm_lifecycle_event: 'dev', npm_config_user_agent: agent('pnpm') } },
    'pnpm exec mesh',
  ],
  ['yarn', { file: installed, env: { npm_lifecycle_event: 'dev', npm_config_user_agent: agent('yarn') } }, 'yarn mesh'],
  ['npm start in the repository', { file: source, env: { npm_lifecycle_event: 'start' } }, 'npx mesh'],
  ['npm run mesh in the repository', { file: source, env: { npm_lifecycle_event: 'mesh' } }, 'npm run mesh --'],
  ['Node on the sources', { file: source, env: {} }, 'npm run mesh --'],
] as const

describe('the command as the user types it', () => {
  for (const [what, start, expected] of starts)
    it(what, () => assert.equal(typedCommand({ cwd: '/shop', ...start }), expected))

  it('a dependency that is called by its path', () =>
    withFolder({}, folder => {
      const real = join(realpathSync(folder), 'store/meshwright')
      for (const made of [real, join(folder, 'node_modules'), join(folder, 'mesh')])
        mkdirSync(made, { recursive: true })
      symlinkSync(real, join(folder, 'node_modules/meshwright'))
      const file = join(real, 'dist/src/cli/typed-command.js')
      assert.equal(typedCommand({ env: {}, file, cwd: join(folder, 'mesh') }), 'npx mesh')
      assert.equal(typedCommand({ env: {}, file: '/usr/lib/mesh.js', cwd: folder }), 'mesh')
    }))

  it('stands in help, in usage and in findings', () =>
    withFolder({}, async folder => {
      const env = { ...process.env, npm_lifecycle_event: 'start' }
      assert.match((await meshIn(folder, ['up', '--help'], env)).stdout, /^Usage: npx mesh up [\s\S]*\$ npx mesh up /)
      assert.match((await meshIn(folder, ['check'], env)).stdout, /help: .*`npx mesh init`/)
      assert.match((await meshIn(folder, ['status'], env)).stderr, /help: .*`npx mesh up \.`/)
      assert.match((await meshIn(folder, ['check', '--format', 'json'], env)).stdout, /`mesh init`/)
    }))
})
