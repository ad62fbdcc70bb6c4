import { expect, test } from 'vitest'
import { differentiate, type Network, penFor } from '../../../src/autodiff/index.ts'
import { rules } from '../../../src/autodiff/rules/index.ts'
import { withoutGradient } from '../../../src/autodiff/without-gradient.ts'

/** The gradient of x for y = op(x). */
function gradientThrough(op: string) {
  const x = { name: 'x', type: 'float32', dims: [2, 2] } as const
  const y = { ...x, name: 'y' }
  const network: Network = {
    label: 'one node',
    inputs: [x],
    outputs: ['y'],
    nodes: [{ op, inputs: ['x'], outputs: ['y'] }],
    constants: new Map(),
    shapes: new Map([x, y].map((ref) => [ref.name, ref])),
  }
  const seeds = new Map([['y', { ...y, name: 'dy' }]])
  return differentiate(network, { seeds, wanted: ['x'] }, penFor(network)).get('x')
}

test.each(['Floor', 'Ceil', 'Round', 'Sign', 'Hardmax', 'OneHot'])(
  '%s is flat wherever it has a slope: nothing flows through, and nothing is refused',
  (op) => expect(gradientThrough(op)).toBeUndefined(),
)

test('an operator that nobody has a rule for is refused, and does not pass for a flat one', () => {
  expect(() => gradientThrough('Det')).toThrow(/Det → y .* no gradient is known for the operator Det/)
})

test('no operator stands on both lists', () => {
  for (const rule of withoutGradient) expect(rules.get(`${rule.domain}:${rule.op}`)).toBe(rule)
})
