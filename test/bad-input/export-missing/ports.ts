export const port = 80

export interface Port {
  readonly number: number
}
