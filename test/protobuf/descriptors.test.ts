import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  closure,
  descriptorSet,
  namesIn,
  type Provenance,
  roots,
  scanDescriptors,
} from '../../src/generate/descriptors.ts'
import { loadCodec } from '../../src/protobuf/codec.ts'
import { WireReader } from '../../src/protobuf/wire-reader.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'

const folder = join(import.meta.dirname, '../../schemas/envoy')
const committed = gunzipSync(readFileSync(join(folder, 'descriptors.binpb.gz')))
const provenance: Provenance = JSON.parse(readFileSync(join(folder, 'descriptors.json'), 'utf8'))

describe('descriptors', () => {
  it('are complete: every import is in the set', () => {
    const files = new Map<string, Uint8Array>()
    for (const reader = new WireReader(committed); !reader.done; ) {
      reader.tag()
      const file = reader.slice()
      files.set(namesIn(file, 1)[0]!, file)
    }
    assert.equal(files.size, provenance.kept)
    assert.deepEqual(closure(files, roots), files)
  })

  it('are those of the Envoy that runs', { skip: withoutEnvoy }, t => {
    const binary = readFileSync(findTestEnvoy()!)
    if (createHash('sha256').update(binary).digest('hex') !== provenance.sha256) {
      t.skip(`this is not the Envoy ${provenance.envoy} that the set was made from`)
      return
    }
    const found = scanDescriptors(binary)
    assert.equal(found.size, provenance.found)
    assert.ok(
      descriptorSet(closure(found, roots)).equals(committed),
      'stale: node src/generate/descriptors.ts PATH-TO-ENVOY',
    )
  })

  it('load lazily and soon', t => {
    const start = performance.now()
    loadCodec().encode('envoy.config.cluster.v3.Cluster', { name: 'x', type: 'EDS' })
    t.diagnostic(`${(performance.now() - start).toFixed(1)} ms to the first encoded message`)
    assert.ok(performance.now() - start < 5000)
  })
})
