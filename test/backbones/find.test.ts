import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBackbone, findPassport, userPassports } from '../../src/backbones/index.ts'
import { channelMeans, folderOfItsOwn, smallBackbone } from './small-networks.ts'

/** A data folder that holds a user's passport and its network in the folder of that name. */
function dataFolder(inside: string, change: object = {}) {
  const data = folderOfItsOwn()
  const { path, passport } = smallBackbone(channelMeans)
  const folder = join(data, inside)
  mkdirSync(folder, { recursive: true })
  copyFileSync(path, join(folder, 'small.onnx'))
  writeFileSync(join(folder, 'small.passport.json'), JSON.stringify({ ...passport, ...change }))
  return { data, folder, passport }
}

test.each(['', 'models', 'backbones'])(
  'a user’s passport is found in the data folder, under “%s” too',
  async (inside) => {
    const { data, folder } = dataFolder(inside)
    const found = await findBackbone('small', { data })
    expect(found.path).toBe(join(folder, 'small.onnx'))
    expect(userPassports({ data }).map(({ passport }) => passport.name)).toContain('small')
  },
)

test('a passport beside a suite, and one named by its path, need no data folder', async () => {
  const { folder } = dataFolder('backbones')
  expect((await findBackbone('small', { folders: [folder] })).dimension).toBe(3)
  expect((await findBackbone(join(folder, 'small.passport.json'))).dimension).toBe(3)
})

test('weights that lie nowhere are an error with every place looked into and the checksum to look for', async () => {
  await expect(findBackbone('vit-tiny', { data: '/nowhere' })).rejects.toMatchObject({
    code: 'backbone-missing',
    where: expect.stringContaining('/nowhere/models/vit_tiny_patch16_224.onnx'),
    mend: expect.stringContaining('b445e55d56f07475707daa9341f680bd7485005eb4adcd0725bb908bbc7ae56c'),
  })
})

test('other bytes under the right name are refused with both checksums', async () => {
  const data = folderOfItsOwn()
  writeFileSync(join(data, 'vit_tiny_patch16_224.onnx'), 'not the weights')
  await expect(findBackbone('vit-tiny', { data })).rejects.toMatchObject({
    code: 'backbone-wrong-bytes',
    what: expect.stringContaining('b445e55d'),
    where: expect.stringMatching(/vit_tiny_patch16_224\.onnx has [0-9a-f]{64}/),
  })
})

test('a wrong file in one folder does not hide the right one in the next', async () => {
  const { data } = dataFolder('models')
  writeFileSync(join(data, 'small.onnx'), 'something else')
  expect((await findBackbone('small', { data })).path).toBe(join(data, 'models', 'small.onnx'))
})

test('an unknown name is answered with the nearest known one', () => {
  expect(() => findPassport('vit-tny')).toThrow(/did you mean vit-tiny/)
})

test('two different passports of one name are refused, naming both files', () => {
  const { data } = dataFolder('models', { name: 'vit-tiny' })
  expect(() => findPassport('vit-tiny', { data })).toThrow(/Two different passports/)
})

test('the same passport met twice is no conflict', () => {
  const { data, passport } = dataFolder('models')
  writeFileSync(join(data, 'copy.passport.json'), JSON.stringify(passport))
  expect(findPassport('small', { data }).passport.name).toBe('small')
})

test.each([
  ['{', /can't be read/],
  ['{"version":2}', /not one that Streambed knows/],
])('the passport %s is refused', (text, message) => {
  const path = join(folderOfItsOwn(), 'x.passport.json')
  writeFileSync(path, text)
  expect(() => findPassport(path)).toThrow(message)
})
