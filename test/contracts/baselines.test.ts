import { describe, expect, test } from 'vitest'
import { baselines } from '../../baselines/index.ts'
import { checks, levelsOf, verify } from '../../src/conformance/index.ts'
import { testImages, truth, walk } from './micro-stream.ts'

/** A plus is spelt out in the name of a file. */
const fileOf = (name: string) => `${name.replaceAll('+', '-plus')}.ts`

test('every file of the shelf has its line in the list, and every line its file', async () => {
  const { readdirSync } = await import('node:fs')
  const files = readdirSync(new URL('../../baselines', import.meta.url)).filter(
    (file) => file.endsWith('.ts') && file !== 'index.ts',
  )
  expect(files.sort()).toEqual(baselines.map(({ name }) => fileOf(name)).sort())
  for (const { name, module } of baselines) expect(module.endsWith(`/baselines/${fileOf(name)}`)).toBe(true)
})

describe.each(baselines)('$name', ({ name, summary, load, module }) => {
  test('is called in the list as it calls itself, and names its paper', async () => {
    const method = await load()
    expect(method).toMatchObject({ name, summary })
    expect(method.source).not.toBe('')
    const loaded = Object.values(await import(/* @vite-ignore */ module))
    expect(loaded).toContain(method)
  })

  test('imports nothing but streambed', async () => {
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(new URL(module), 'utf8')
    const imports = [...text.matchAll(/from '([^']+)'|import\(/g)].map(([, from]) => from)
    // A feature-level variant is made of its neighbour.
    expect(imports.every((from) => from === 'streambed' || from?.startsWith('./'))).toBe(true)
  })

  test('keeps the promises of every method', async () => {
    const method = await load()
    const verdicts = await verify(method, { levels: levelsOf(method).slice(0, 1) })
    const broken = verdicts.filter(({ outcome }) => outcome === 'broken')
    expect(broken.map(({ check, reason }) => `${check}: ${reason}`)).toEqual([])
    expect(verdicts.length).toBe(checks.length)
    // A penalty that makes no difference to a head must make one to a network.
    const untold = verdicts.find(
      ({ check, reason }) => check === 'penalty' && reason?.includes('a head alone'),
    )
    if (untold === undefined) return
    const deeper = await verify(method, { levels: ['cnn'], only: ['penalty'] })
    expect(deeper.at(-1)).toMatchObject({ check: 'penalty', outcome: 'holds' })
  })
})

test('on easy classes replay beats naive, and joint and class means are well above chance', async () => {
  const accuracy = async (name: string, seed = 0) => {
    const method = await baselines.find((baseline) => baseline.name === name)!.load()
    // A few dozen images are too few for one epoch of a head to learn, or forget, anything.
    const epochs: Record<string, number> = 'epochs' in method.options ? { epochs: 30 } : {}
    const { learner, seen } = await walk({
      method: { ...method, options: { ...method.options, ...epochs } },
      seed,
    })
    const images = testImages(2)
    const scores = Object.values(await learner.predict(images))[0]
    const right = truth(images).filter((label, i) => {
      const row = scores.subarray(i * seen.length, (i + 1) * seen.length)
      return seen[row.indexOf(Math.max(...row))] === label
    })
    return right.length / images.length
  }
  const [naive, er, joint, nmc] = [
    await accuracy('naive.head'),
    await accuracy('er.head'),
    await accuracy('joint.head'),
    await accuracy('nmc'),
  ]
  expect(joint).toBeGreaterThan(0.8)
  expect(er).toBeGreaterThan(naive)
  expect(nmc).toBeGreaterThan(0.8)
  expect(await accuracy('chance')).toBeLessThan(0.5)
})

test.each([['vit'], ['cnn']] as const)('a whole network keeps the promises too, on a %s', async (level) => {
  const method = await baselines.find(({ name }) => name === 'er')!.load()
  const verdicts = await verify(method, { levels: [level] })
  expect(verdicts.filter(({ outcome }) => outcome === 'broken')).toEqual([])
})
