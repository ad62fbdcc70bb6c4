import { expect, test } from 'vitest'
import { bytesOf, differentiate, type Network, penFor, type Ref } from '../../../src/autodiff/index.ts'
import { openSession, Tensor } from '../../../src/runtime/index.ts'
import type { ElementType } from '../../../src/tensor/index.ts'

const ref = (name: string, type: ElementType): Ref => ({ name, type, dims: [2] })

/** x, cast to another type and back. */
function thereAndBack(type: ElementType): Network {
  const shapes = [ref('x', 'float32'), ref('cast', type), ref('back', 'float32')]
  return {
    label: 'there and back',
    inputs: [shapes[0]],
    outputs: ['back'],
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['cast'], attributes: { to: type } },
      { op: 'Cast', inputs: ['cast'], outputs: ['back'], attributes: { to: 'float32' } },
    ],
    constants: new Map(),
    shapes: new Map(shapes.map((shape) => [shape.name, shape])),
  }
}

test.each(['float64', 'float16'] as const)(
  'a gradient passes %s in that type and comes back',
  async (type) => {
    const network = thereAndBack(type)
    const seed = ref('seed', 'float32')
    const pen = penFor(network)
    const dX = differentiate(network, { seeds: new Map([['back', seed]]), wanted: ['x'] }, pen).get('x')!
    expect(dX.type).toBe('float32')
    const session = await openSession(
      bytesOf({
        inputs: [seed],
        outputs: [dX.name],
        nodes: pen.nodes,
        constants: pen.constants,
        shapes: pen.shapes,
      }),
      { threads: 1, label: network.label },
    )
    const made = await session.run({ seed: new Tensor('float32', Float32Array.of(0.5, -3), [2]) })
    await session.release()
    expect(Array.from(made[dX.name].data as Float32Array)).toEqual([0.5, -3])
  },
)

test('whole numbers let no gradient through', () => {
  const network = thereAndBack('int32')
  const seeds = new Map([['back', ref('seed', 'float32')]])
  expect(differentiate(network, { seeds, wanted: ['x'] }, penFor(network)).has('x')).toBe(false)
})
