import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verify } from '../../src/conformance/index.ts'
import { packageRoot } from '../../src/files/index.ts'
import { foreignId, foreignMethod } from '../../src/foreign/index.ts'
import { fileOf } from './program.ts'

const python = process.env.STREAMBED_PYTHON ?? 'python3'
const has = (module: string) => spawnSync(python, ['-c', `import ${module}`]).status === 0
/** A reason to skip, in the name of the test, since a machine need not have them. */
const numpy = has('numpy') ? '' : ` (skipped: ${python} has no NumPy)`
const torch = numpy === '' && has('torch') ? '' : ` (skipped: ${python} has no PyTorch)`

const example = (name: string) => join(packageRoot, 'python/examples', name)
const nearestMean = readFileSync(example('nearest_mean.py'), 'utf8')

async function broken(text: string, only?: string[]) {
  const verdicts = await verify(await foreignMethod(fileOf('mine.py', text)), only && { only })
  return verdicts.filter(({ outcome }) => outcome === 'broken')
}

test.skipIf(numpy)(
  `the example in NumPy keeps every promise, and counts its operations${numpy}`,
  async () => {
    const verdicts = await verify(await foreignMethod(example('nearest_mean.py')))
    expect(verdicts.filter(({ outcome }) => outcome === 'broken')).toEqual([])
    expect(verdicts.find(({ check }) => check === 'operations')).toMatchObject({ outcome: 'holds' })
  },
)

test.skipIf(numpy)(`what a method prints goes to stderr, and breaks nothing${numpy}`, async () => {
  const chatty = nearestMean.replace(
    '        columns = [',
    '        print("a step"); import os; os.system("echo of a child; true")\n        columns = [',
  )
  expect(chatty).not.toBe(nearestMean)
  expect(await broken(chatty, ['same-seed'])).toEqual([])
})

test.skipIf(numpy)(`an error is told with the line that the user wrote${numpy}`, async () => {
  const wrong = nearestMean.replace('batch.rows.size', 'batch.rows.sise')
  const [{ check, reason }] = await broken(wrong)
  expect(check).toBe('comes-to-its-end')
  expect(reason).toContain('method-process-raised')
  expect(reason).toMatch(/mine\.py", line \d+, in step/)
})

test.skipIf(numpy)(
  `chance that is not saved is caught, since each start is a process of its own${numpy}`,
  async () => {
    const forgetful = nearestMean
      .replace('"seeded": False', '"seeded": True')
      .replace(
        '        self.classes = []\n',
        '        self.classes = []\n        self.chance = context.random("noise")\n',
      )
      .replace(
        'np.add.at(self.sums, columns, batch.rows)',
        'np.add.at(self.sums, columns, batch.rows + self.chance.normal(size=batch.rows.shape))',
      )
    expect((await broken(forgetful, ['resume'])).map(({ check }) => check)).toEqual(['resume'])
    const careful = forgetful
      .replace('return {"sums"', 'return {"chance": self.chance.save(), "sums"')
      .replace(
        '        self.sums, self.counts_by_class = state',
        '        self.chance.load(state["chance"])\n        self.sums, self.counts_by_class = state',
      )
    expect(await broken(careful, ['resume'])).toEqual([])
  },
)

test.skipIf(numpy)(
  `scores for too many images, and an option that is not declared, are errors${numpy}`,
  async () => {
    const wide = nearestMean.replace(
      '{"nearest": -distances}',
      '{"nearest": np.repeat(-distances, 2, axis=0)}',
    )
    expect((await broken(wide))[0].reason).toContain('the scores of 1 images are of shape (2,')
    const tall = nearestMean.replace('{"nearest": -distances}', '{"nearest": -distances[:, :1]}')
    expect((await broken(tall))[0].reason).toContain('scores-shape')
    const other = nearestMean.replace('context.options["batch"]', 'context.options.get("size", 8)')
    expect((await broken(other))[0].reason).toContain('size is not among the options')
  },
)

test.skipIf(numpy)(
  `a method’s identity changes with the module beside it that it imports${numpy}`,
  async () => {
    const idWith = async (text: string) => {
      const helper = fileOf('helper.py', text)
      const name = helper.split('/').at(-1)!.replace('.py', '')
      // A name that begins with a digit can't be written after `import`.
      const mine = `import importlib\nimportlib.import_module("${name}")\n${nearestMean}`
      return foreignId(await foreignMethod(fileOf('mine.py', mine)))
    }
    expect(await idWith('a = 1')).not.toBe(await idWith('a = 2'))
  },
)

test.skipIf(torch)(`the example in PyTorch goes on to the same bits, on pictures${torch}`, async () => {
  const method = await foreignMethod(example('er_pytorch.py'))
  expect(method).toMatchObject({
    operations: 'unknown',
    needs: { gradients: 'backbone', memory: 'raw images' },
  })
  const verdicts = await verify(method, { levels: ['vit'], only: ['resume', 'company'] })
  expect(verdicts.map(({ check, outcome }) => [check, outcome])).toEqual([
    ['same-seed', 'holds'],
    ['predicting-changes-nothing', 'holds'],
    ['resume', 'holds'],
    ['company', 'holds'],
  ])
})

test.skipIf(numpy)(`the method that the README shows keeps every promise${numpy}`, async () => {
  const [, text] = /```py\n([\s\S]*?)```/.exec(readFileSync(join(packageRoot, 'README.md'), 'utf8'))!
  expect(await broken(text)).toEqual([])
})
