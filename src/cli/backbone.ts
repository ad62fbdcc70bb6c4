import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import type { Device } from '../runtime/index.ts'
import { cacheOption, dataOption, deviceOption } from './places.ts'
import { printRemark, printResult } from './print.ts'

/** Flags of `backbone add`, each an answer that is otherwise asked for. */
const answerFlags: readonly (readonly [string, string])[] = [
  ['--name <name>', 'what suites call it; else the file’s name'],
  ['--title <title>', 'what tables call it'],
  ['--url <url>', 'where the file can be had'],
  ['--licence <licence>', 'of the weights'],
  ['--size <pixels>', 'side of the input, where the graph leaves it open'],
  ['--embedding <tensor>', 'name of the embedding tensor'],
  ['--resize <rule>', 'none, exact or shorter-side'],
  ['--resize-to <pixels>', 'what the shorter side becomes'],
  ['--filter <filter>', 'bilinear, bicubic or nearest'],
  ['--antialias <yes|no>', 'low-pass when shrinking'],
  ['--arithmetic <kind>', 'float (torchvision on tensors) or uint8 (PIL)'],
  ['--colour <order>', 'rgb or bgr'],
  ['--divisor <number>', 'pixels 0 … 255 are divided by this'],
  ['--mean <numbers>', 'one or three, with commas'],
  ['--std <numbers>', 'one or three, with commas'],
  ['--pretraining <datasets>', 'with commas; none, or unknown'],
]

export function backboneCommand(): Command {
  const command = new Command('backbone').description('add your own backbone, or check one')
  const add = command
    .command('add')
    .description('write a passport for an .onnx file, asking what it cannot find out')
    .argument('<file>', 'the .onnx file')
    .option('--replace', 'replace a passport that is there already', false)
  for (const [flag, description] of answerFlags) add.option(flag, description)
  add.action(async (file, { replace, ...answers }) => {
    const { addBackbone } = await import('../backbones/index.ts')
    const hasPerson = process.stdin.isTTY && process.stderr.isTTY
    const person = hasPerson ? createInterface({ input: process.stdin, output: process.stderr }) : undefined
    try {
      const { path } = await addBackbone({
        file,
        answers,
        replace,
        ask:
          person &&
          (({ text, choices }) => person.question(`${text}${choices ? ` (${choices.join(', ')})` : ''} `)),
      })
      printResult(path)
    } finally {
      person?.close()
    }
  })
  command
    .command('check')
    .description('prove that this machine reproduces the golden embeddings of a backbone')
    .argument('<name>', 'a backbone of the shelf, or a passport file')
    .addOption(dataOption())
    .addOption(cacheOption())
    .addOption(deviceOption())
    .action(async (name, options) => {
      const [{ checkBackbone, findBackbone }, { requireDevice }] = await Promise.all([
        import('../backbones/index.ts'),
        import('../runtime/index.ts'),
      ])
      const device = (options.device ?? 'cpu') as Device
      await requireDevice(device, `--device ${device}`)
      const backbone = await findBackbone(name, { data: options.data })
      printRemark(`${backbone.path}: bytes as in its passport`)
      const { worst, tolerance, onCpu } = await checkBackbone(backbone, undefined, { device })
      if (Object.keys(onCpu).length > 0)
        printRemark(`Ran on the CPU all the same: ${Object.keys(onCpu).join(', ')}`)
      printResult(
        `${backbone.name}: golden embeddings reproduced, ${worst.toExponential(1)} off (${tolerance} allowed)`,
      )
    })
  return command
}
