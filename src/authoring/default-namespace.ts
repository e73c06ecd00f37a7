declare global {
  /** The namespace of what names none; put there by the sandbox before the first module runs. */
  var __meshwrightNamespace: string | undefined
}

/** Where whatever names no namespace goes: what mesh.config.ts says. */
export function defaultNamespace(): string {
  return globalThis.__meshwrightNamespace ?? 'default'
}
