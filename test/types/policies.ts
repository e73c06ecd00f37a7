// Mistakes about mesh.config.ts and policies that TypeScript rejects; each stands above its good twin. Never run.
import { defineConfig, definePolicy } from 'meshwright/policy'

const meta = { severity: 'error', description: 'A rule.' } as const
const waiver = { rule: 'weights-sum', subject: 'VirtualService/shop/web', until: '2030-01-01' }

// A waiver without reason.
// @ts-expect-error
defineConfig({ waivers: [waiver] })
defineConfig({ waivers: [{ ...waiver, reason: 'weights are relative here' }] })

// A preset that does not exist.
// @ts-expect-error
defineConfig({ presets: ['recomended'] })
defineConfig({ presets: ['recommended', 'strict'] })

// A severity that does not exist.
// @ts-expect-error
defineConfig({ rules: { 'weights-sum': 'fatal' } })
defineConfig({ rules: { 'weights-sum': 'error' } })

// An option that does not exist.
// @ts-expect-error
defineConfig({ namespaces: ['shop'] })
defineConfig({ namespace: 'shop' })

// A policy without texts.
// @ts-expect-error
definePolicy({ id: 'a', meta, create: () => ({}) })
definePolicy({ id: 'a', meta, messages: {}, create: () => ({}) })

// A handler for a noun that does not exist.
// @ts-expect-error
definePolicy({ id: 'a', meta, messages: {}, create: () => ({ route: () => [] }) })
definePolicy({ id: 'a', meta, messages: {}, create: () => ({ routing: () => [] }) })

// A problem without place.
// @ts-expect-error
definePolicy({ id: 'a', meta, messages: { m: 'no' }, create: () => ({ service: () => [{ message: 'm' }] }) })
definePolicy({ id: 'a', meta, messages: { m: 'no' }, create: () => ({ service: ({ at }) => [{ message: 'm', at }] }) })

// An option that the policy does not have.
const limited = { id: 'a', meta, messages: {}, options: { max: 1 } }
declare function rule(max: number): object
// @ts-expect-error
definePolicy({ ...limited, create: ({ options }) => rule(options.min) })
definePolicy({ ...limited, create: ({ options }) => rule(options.max) })
