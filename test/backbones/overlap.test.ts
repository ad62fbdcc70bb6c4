import { expect, test } from 'vitest'
import { backbones, classOverlap } from '../../src/backbones/index.ts'

const classes = ['lawn_mower', 'Leopard', 'pickup_truck', 'bear', 'rose', 'mouse', 'woman']

test('with ImageNet-1k declared, the stream’s classes that it has too are listed by name', () => {
  const overlap = classOverlap({ pretraining: { datasets: ['ImageNet-1k'], note: '' } }, classes)
  if (overlap === 'unknown') throw new Error('it was declared')
  expect(overlap.same.map((one) => one.class)).toEqual(['lawn_mower', 'Leopard', 'pickup_truck', 'mouse'])
  expect(overlap.same.at(-1)?.imagenet).toBe('mouse, computer mouse') // a homonym, to be seen as one
  expect(overlap.kinds.map((one) => one.class)).toEqual(['bear'])
  expect(overlap.kinds[0].imagenet).toContain('brown bear, bruin, Ursus arctos')
})

test('a passport without declaration answers “unknown”, which is not “none”', () => {
  expect(classOverlap({ pretraining: null }, classes)).toBe('unknown')
  expect(classOverlap({ pretraining: { datasets: [], note: 'not trained' } }, classes)).toEqual({
    same: [],
    kinds: [],
    sameDataset: false,
    unlisted: [],
  })
})

test('pretraining data whose classes we have no list of is said to be so', async () => {
  const vit = await backbones.find(({ name }) => name === 'vit-tiny')!.load()
  expect(classOverlap(vit, classes)).toMatchObject({ unlisted: ['ImageNet-21k'] })
})

test('a network pretrained on the stream’s own data set is found out however it is spelled', () => {
  const pretraining = { datasets: ['CIFAR 100'], note: '' }
  expect(classOverlap({ pretraining }, classes, 'cifar-100')).toMatchObject({ sameDataset: true })
  expect(classOverlap({ pretraining }, classes, 'cifar-10')).toMatchObject({ sameDataset: false })
})
