import { readFileSync } from 'node:fs'
import data from 'data:text/javascript,export default 1'
import remote from 'https://example.com/mesh.ts'
import lodash from 'lodash'
import json from './data.json'
import gone from './gone.ts'
import { service } from 'meshwright'

export const web = service(String([readFileSync, data, remote, lodash, json, gone]), { port: 8080 })
