import { service } from 'meshwright'

const started = Date.now()
const later = new Date()
const chance = Math.random()
export const web = service(`web-${started}-${later}-${chance}`, { port: 8080 })
