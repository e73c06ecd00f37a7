import { Command } from 'commander'
import { type CreateCommand, collect, examples } from '../command.ts'
import type { InjectFlags } from '../run-inject.ts'

/** `mesh inject`: adds proxies to the pods of a file, as the webhook does in a cluster. */
export const injectCommand: CreateCommand = finish =>
  new Command('inject')
    .description('add proxies to the pods of Kubernetes files, without a webhook')
    .requiredOption('-f, --file <file>', 'YAML or JSON with pods and what makes pods; - for standard input')
    .option('--profile <name>', 'the installation that the proxies belong to', 'default')
    .option('--set <path=value>', 'one value of that installation; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh inject -f deployment.yaml | kubectl apply -f -', 'for namespaces without the webhook'],
        ['kubectl get deploy web -o yaml | mesh inject -f -', 'what runs already'],
        ['mesh inject -f pod.yaml --set images.proxy=my/envoy:1', 'with an image of your own'],
      ),
    )
    .action(async (flags: InjectFlags) => {
      const { runInject } = await import('../run-inject.ts')
      finish(runInject(flags))
    })
