import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, contentId, merkleRoot, sha256, sha256File } from '../../src/identity/index.ts'

test('equal values have one spelling, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, null, 'é"'], a: { d: true, c: undefined } })).toBe(
    '{"a":{"d":true},"b":[1,null,"é\\""]}',
  )
  expect(contentId({ a: 1, b: 2 })).toBe(contentId({ b: 2, a: 1 }))
})

test('canonical JSON is JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n])('%s has no identity', (value) => {
  expect(() => canonicalJson({ value })).toThrow(TypeError)
})

test('digests are the published ones', async () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  const file = join(tmpdir(), `streambed-identity-${process.pid}`)
  writeFileSync(file, 'abc')
  expect(await sha256File(file)).toBe(sha256('abc'))
  expect(await sha256File(file, 'md5')).toBe('900150983cd24fb0d6963f7d28e17f72')
})

test('a Merkle root of three leaves, by hand', () => {
  const hash = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const leaf = (byte: number) => hash(Buffer.of(0), Buffer.of(byte, byte))
  const pair = hash(Buffer.of(1), leaf(1), leaf(2))
  const root = hash(Buffer.of(1), pair, leaf(3))
  expect(merkleRoot(Uint8Array.of(1, 1, 2, 2, 3, 3), 2)).toBe(root.toString('hex'))
  expect(merkleRoot(new Uint8Array(0), 2)).toBe(sha256(''))
})

test('no change, swap, loss or doubling of leaves keeps the root', () => {
  const leaves = Uint8Array.from({ length: 7 * 4 }, (_, i) => (37 * i) % 256)
  const root = merkleRoot(leaves, 4)
  const swapped = leaves.slice()
  swapped.set(leaves.subarray(4, 8), 0)
  swapped.set(leaves.subarray(0, 4), 4)
  const changed = leaves.slice()
  changed[27] ^= 1
  const doubled = Uint8Array.of(...leaves, ...leaves.subarray(24))
  for (const other of [swapped, changed, doubled, leaves.subarray(0, 24)])
    expect(merkleRoot(other, 4)).not.toBe(root)
})
