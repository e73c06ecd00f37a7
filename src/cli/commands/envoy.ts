import { Command } from 'commander'
import { type CreateCommand, examples } from '../command.ts'

/** `mesh envoy`: which Envoy runs here; gets one where there is none. */
export const envoyCommand: CreateCommand = finish =>
  new Command('envoy')
    .summary('print the path of Envoy; download it where there is none')
    .description('print the path of the Envoy that is used, and download one where there is none')
    .option('--envoy <file>', 'look at this one instead')
    .addHelpText(
      'after',
      examples(
        ['mesh envoy', '--envoy, MESH_ENVOY, PATH, our cache, or a download'],
        ['$(mesh envoy) --version', 'run it'],
      ),
    )
    .action(async (flags: { readonly envoy?: string }) => {
      const { findEnvoy, versionWarning } = await import('../../local/envoy/find-envoy.ts')
      const progress = (line: string) => process.stderr.write(`${line}\n`)
      const envoy = await findEnvoy({ path: flags.envoy, env: process.env, progress })
      const warning = versionWarning(envoy)
      if (warning !== undefined) progress(warning)
      process.stdout.write(`${envoy.path}\n`)
      finish(0)
    })
