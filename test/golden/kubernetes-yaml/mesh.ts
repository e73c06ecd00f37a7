import { service } from 'meshwright'

// Texts that YAML 1.1, which Kubernetes reads, would take for something else.
export const web = service('web', {
  port: 80,
  versions: {
    v1: { env: { A: 'yes', B: 'off', C: '1_000', D: '12:30:45', E: '0o7', F: 'null', G: '1e3', H: '', I: true, J: 'line\nbreak' } },
  },
})
