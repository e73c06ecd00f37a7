// What the kinds of this folder are about: a shop that speaks HTTP, its catalog in two versions, and a store that speaks TCP.
import { gateway, service } from 'meshwright'
import { run } from './workloads.ts'

export const store = service('store', { port: 6379, protocol: 'TCP', versions: { v1: run, v2: run } })
export const vault = service('vault', { port: 8443, protocol: 'TLS', versions: { v1: run, v2: run } })
export const catalog = service('catalog', { port: 8080, versions: { v1: run, v2: run } })
export const web = service('web', { port: 8080, versions: { v1: run }, calls: [catalog, store, vault] })
export const front = gateway('front', { port: 8080 })
