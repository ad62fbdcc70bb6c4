import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { cacheOption, dataOption } from './places.ts'
import { printRemark, printResult } from './print.ts'

export function backboneCommand(): Command {
  const command = new Command('backbone').description('add your own backbone, or check one')
  command
    .command('add')
    .description('write a passport for an .onnx file, asking what it cannot find out')
    .argument('<file>', 'the .onnx file')
    .option('--set <key=value...>', 'answers, for scripts: name=…, embedding=…, mean=0.5,0.5,0.5')
    .action(async (file, options) => {
      const { addBackbone } = await import('../backbones/index.ts')
      const answers = Object.fromEntries(
        (options.set ?? []).map((pair: string) => {
          const at = pair.indexOf('=')
          return [pair.slice(0, at), pair.slice(at + 1)]
        }),
      )
      const asker =
        process.stdin.isTTY && process.stderr.isTTY
          ? createInterface({ input: process.stdin, output: process.stderr })
          : undefined
      try {
        const added = await addBackbone({
          file,
          answers,
          ask: asker ? (question: string) => asker.question(`${question} `) : undefined,
        })
        printResult(added.path)
      } finally {
        asker?.close()
      }
    })
  command
    .command('check')
    .description('prove that this machine reproduces the golden embeddings of a backbone')
    .argument('<name>', 'a backbone of the shelf, or a passport file')
    .addOption(dataOption())
    .addOption(cacheOption())
    .action(async (name, options) => {
      const { checkBackbone, findBackbone } = await import('../backbones/index.ts')
      const backbone = await findBackbone(name, { data: options.data })
      printRemark(`${backbone.path}: bytes as in its passport`)
      await checkBackbone(backbone)
      printResult(`${backbone.name}: golden embeddings reproduced`)
    })
  return command
}
