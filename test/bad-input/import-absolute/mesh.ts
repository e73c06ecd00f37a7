import { service } from 'meshwright'
import users from '/etc/passwd'
import version from '/proc/version.json'
import lib from '/usr/lib/secret.js'

export const web = service(users + version + lib, { port: 8080 })
