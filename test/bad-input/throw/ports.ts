const ports: { readonly [name: string]: number } = { api: 8080 }

export function portOf(name: string): number {
  const port = ports[name]
  if (port === undefined) throw new Error(`no port is known for ${name}`)
  return port
}
