import { expect, test } from 'vitest'
import { encodeFrame, firstFrame, WireArray, wired, withArrays } from '../../src/foreign/frames.ts'
import { kept, sent } from '../../src/foreign/state.ts'

const there = (message: Record<string, unknown>) => {
  const { header, body } = firstFrame(encodeFrame({ jsonrpc: '2.0', id: 1, ...message }))!
  return withArrays(header, body)
}

test('a message comes back as it was sent, with its arrays, their shapes, and numbers that JSON has not', () => {
  const message = {
    jsonrpc: '2.0',
    id: 1,
    result: {
      odd: wired(Uint8Array.of(1, 2, 3)),
      wide: [wired(Float64Array.of(0.1, -0), [2, 1]), { labels: wired(Int32Array.of(-1)) }],
      losses: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      none: wired(new Float32Array(0), [0, 4]),
      unknown: new WireArray('int64', [1], new Uint8Array(8).fill(255)),
      text: '“ü”',
    },
  }
  expect(there(message)).toEqual(message)
})

test('of a frame in pieces nothing is seen before its end, and what follows it is left', () => {
  const frame = encodeFrame({ jsonrpc: '2.0', id: 7, result: wired(Float32Array.of(1, 2)) })
  for (let length = 0; length < frame.length; length++)
    expect(firstFrame(frame.subarray(0, length))).toBeUndefined()
  const more = Uint8Array.from([...frame, 9, 9])
  expect(firstFrame(more)).toMatchObject({ header: { id: 7 }, end: frame.length })
})

test.each([
  ['text', Buffer.from('epoch 1: loss 0.3\n')],
  ['a header of no length', Buffer.alloc(4)],
  ['JSON of another kind', Buffer.from('\u0004\0\0\0null')],
  ['no JSON', Buffer.from('\u0004\0\0\0{{{{')],
])('%s is no frame', (_, bytes) => {
  expect(() => firstFrame(bytes)).toThrow(SyntaxError)
})

test('an array whose bytes don’t fit its shape is refused, and so is one that is not there', () => {
  expect(() => there({ result: new WireArray('float32', [3], Float32Array.of(1, 2)) })).toThrow(
    'float32 [3] came with 8 bytes',
  )
  expect(() => there({ result: { $array: 3 } })).toThrow('no array 3')
})

test('state lies in a checkpoint as numbers, with kind and shape, and goes back as it came', () => {
  const state = { weights: [wired(Float32Array.of(1, 2, 3, 4), [2, 2])], met: 3, chance: '{}', none: null }
  expect(kept(state)).toEqual({
    weights: [{ $dtype: 'float32', shape: Int32Array.of(2, 2), data: Float32Array.of(1, 2, 3, 4) }],
    met: 3,
    chance: '{}',
    none: null,
  })
  expect(sent(kept(state))).toEqual(state)
})
