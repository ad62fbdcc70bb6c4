import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addBackbone, checkBackbone, findBackbone, type Question } from '../../src/backbones/index.ts'
import { buildModel } from '../../src/onnx/index.ts'
import { channelMeans, folderOfItsOwn, smallBackbone } from './small-networks.ts'

const answers = {
  name: 'mine',
  embedding: 'pooled',
  resize: 'exact',
  filter: 'bilinear',
  antialias: 'yes',
  arithmetic: 'float',
  colour: 'rgb',
  divisor: '255',
  mean: '0.485,0.456,0.406',
  std: '0.5',
}

test('a network becomes a backbone by its answers alone, and its passport is proved at once', async () => {
  const { path: file, folder } = smallBackbone(channelMeans)
  const { passport, path } = await addBackbone({ file, answers })
  expect(path).toBe(join(folder, 'mine.passport.json'))
  expect(passport.preprocessing).toMatchObject({
    mean: [0.485, 0.456, 0.406],
    std: [0.5, 0.5, 0.5],
    crop: null,
  })
  const found = await findBackbone('mine', { folders: [folder] })
  expect(found.dimension).toBe(3)
  expect((await checkBackbone(found)).worst).toBeLessThan(1e-5)
  const bgr = { ...found.passport.preprocessing, colour: 'bgr' as const }
  await expect(checkBackbone(found, bgr)).rejects.toThrow(/colour order is the likely cause/)
})

test('pretraining that nobody declares stays unknown', async () => {
  const { path: file } = smallBackbone(channelMeans)
  expect((await addBackbone({ file, answers })).passport.pretraining).toBeNull()
  const told = async (pretraining: string) =>
    (await addBackbone({ file, answers: { ...answers, pretraining }, replace: true })).passport.pretraining
  expect(await told('unknown')).toBeNull()
  expect((await told('none'))?.datasets).toEqual([])
  expect((await told('ImageNet-21k, ImageNet-1k'))?.datasets).toEqual(['ImageNet-21k', 'ImageNet-1k'])
})

test.each([
  ['embedding', '--embedding', /pooled/],
  ['resize', '--resize', /shorter-side/],
  ['colour', '--colour', /rgb or bgr/],
  ['mean', '--mean', /--mean/],
  ['std', '--std', /--std/],
])(
  'without an answer for %s, and nobody to ask, the error names %s and nothing is written',
  async (key, flag, mend) => {
    const { path: file, folder } = smallBackbone(channelMeans)
    const { [key as keyof typeof answers]: _, ...rest } = answers
    await expect(addBackbone({ file, answers: rest })).rejects.toMatchObject({
      code: 'backbone-answer-missing',
      where: expect.stringContaining(flag),
      mend: expect.stringMatching(mend),
    })
    expect(existsSync(join(folder, 'mine.passport.json'))).toBe(false)
  },
)

test('a person is asked for what flags leave open, and for nothing else', async () => {
  const { path: file } = smallBackbone(channelMeans)
  const { mean: _, colour: __, ...rest } = answers
  const asked: Question[] = []
  const ask = async (question: Question) => {
    asked.push(question)
    return question.key === 'mean' ? '0.5' : question.key === 'colour' ? 'bgr' : 'unknown'
  }
  const { passport } = await addBackbone({ file, answers: rest, ask })
  expect(asked.map(({ key }) => key)).toEqual(['colour', 'mean', 'pretraining'])
  expect(passport.preprocessing).toMatchObject({ colour: 'bgr', mean: [0.5, 0.5, 0.5] })
})

test.each([
  ['embedding', 'poled', /Did you mean pooled\?/],
  ['filter', 'lanczos', /bilinear, bicubic or nearest/],
  ['mean', '1,2', /one number, or three/],
  ['std', '0', /above 0/],
  ['divisor', '-1', /above 0/],
])('%s answered with %s is refused, with the answers there are', async (key, answer, mend) => {
  const { path: file } = smallBackbone(channelMeans)
  await expect(addBackbone({ file, answers: { ...answers, [key]: answer } })).rejects.toMatchObject({
    code: 'backbone-answer',
    mend: expect.stringMatching(mend),
  })
})

test('a passport that is there already is not overwritten unasked', async () => {
  const { path: file } = smallBackbone(channelMeans)
  await addBackbone({ file, answers })
  await expect(addBackbone({ file, answers })).rejects.toMatchObject({ code: 'passport-exists' })
})

test('the input size is asked for where the graph leaves it open', async () => {
  const file = join(folderOfItsOwn(), 'open.onnx')
  const inputs = { picture: { type: 'float32' as const, shape: ['n', 3, 'h', 'w'] } }
  writeFileSync(file, buildModel({ ...channelMeans, inputs }))
  await expect(addBackbone({ file, answers })).rejects.toMatchObject({
    where: expect.stringContaining('--size'),
  })
  const { passport } = await addBackbone({ file, answers: { ...answers, size: '24' } })
  expect(passport.input).toEqual({ name: 'picture', width: 24, height: 24 })
})

test('pictures that are not resized, and a shorter side with its crop, make golden pictures that fit', async () => {
  const { path: file } = smallBackbone(channelMeans)
  const none = await addBackbone({ file, answers: { ...answers, resize: 'none' } })
  expect(none.passport.golden.images).toMatchObject([{ width: 4, height: 4 }])
  const cropped = { ...answers, resize: 'shorter-side', resizeTo: '6', arithmetic: 'uint8' }
  const { passport } = await addBackbone({ file, answers: cropped, replace: true })
  expect(passport.preprocessing).toMatchObject({ crop: 4, resize: { size: 6, rule: 'shorter-side' } })
  expect(passport.golden.images).toHaveLength(3)
})
