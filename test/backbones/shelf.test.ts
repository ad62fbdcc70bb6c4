import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backbones, findBackbone, passportSchema } from '../../src/backbones/index.ts'
import { packageRoot } from '../../src/files/index.ts'

const folder = join(packageRoot, 'src/backbones')

describe.each(backbones)('the shelf’s $name', ({ name, summary, load }) => {
  test('loads a passport that bears the same name and summary', async () => {
    const passport = await load()
    expect(passport.name).toBe(name)
    expect(passport.summary).toBe(summary)
  })

  test('is proved on a picture that must be shrunk and on one that need not', async () => {
    const { golden, input } = await load()
    expect(golden.images.some(({ width }) => width > input.width)).toBe(true)
    expect(golden.images.some(({ width }) => width <= input.width)).toBe(true)
  })
})

test('every passport in the folder is on the shelf', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.passport.json'))
  expect(files.map((file) => file.replace('.passport.json', '')).sort()).toEqual(
    backbones.map(({ name }) => name).sort(),
  )
})

test.each([
  ['mini-resnet', 64],
  ['mini-vit', 48],
])(
  '%s comes with Streambed, needs no data folder, and says what it was pretrained on',
  async (name, values) => {
    const { passport, dimension } = await findBackbone(name)
    expect(dimension).toBe(values)
    expect(passport.pretraining?.datasets).toEqual(['Glyphs-128'])
  },
)

test('a passport says null where pretraining is unknown, and nothing may be left out', async () => {
  const { pretraining: _, ...rest } = await backbones[0].load()
  expect(passportSchema.safeParse({ ...rest, pretraining: null }).success).toBe(true)
  expect(passportSchema.safeParse(rest).success).toBe(false)
})
