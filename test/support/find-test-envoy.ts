import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cachedEnvoy } from '../../src/local/envoy/find-envoy.ts'

/** The Envoy that tests run against: MESH_ENVOY, PATH or our cache, and never a download. Undefined where there is none. */
export function findTestEnvoy(): string | undefined {
  const { MESH_ENVOY, PATH = '' } = process.env
  const candidates = [
    MESH_ENVOY,
    ...PATH.split(delimiter).map(folder => join(folder, 'envoy')),
    cachedEnvoy(process.env),
  ]
  return candidates.find(path => {
    try {
      accessSync(path ?? '', constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** For node:test's `skip`: false where there is an Envoy, else the reason. */
export const withoutEnvoy: string | false =
  findTestEnvoy() === undefined ? 'no Envoy in MESH_ENVOY, on PATH or in the cache' : false
