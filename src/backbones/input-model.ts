import { StreambedError } from '../error.ts'
import { type NodeSpec, type Numbers, type Prefix, prefixed, writeModel } from '../onnx/index.ts'
import { type Preprocessing, resampleWeights, resizedSize } from '../pictures/index.ts'
import type { Backbone, Passport } from './passport.ts'
import { planarNetwork } from './planar-network.ts'

export type Size = { width: number; height: number }

/**
 * The whole way from pixels to embedding as one network: scaling, colour order and resizing are nodes of the graph.
 *
 * Input `pixels` uint8 [batch, 3, height, width], red first; output `embedding` float32 [batch, dimension].
 * Height and width are the network's own when the host has prepared the pictures, otherwise the pictures'.
 *
 * Resizing is two products with constant weights, and scaling (x / divisor − mean) / std one multiplication and one
 * addition; both are linear and the weights of a resize add up to 1, so scaling is done where pictures are smaller.
 * The operators are those of the network's own opset, 11 or later.
 *
 * @param how.image the pictures' one size, or `'varied'` (which only a host can prepare)
 * @throws preprocessing-does-not-fit when the prepared pictures have another size than the network's input;
 *   backbone-input, backbone-embedding and what `readModel` throws
 */
export async function inputModel(
  backbone: Pick<Backbone, 'passport' | 'path'>,
  how: { preprocessing: Preprocessing; image: Size | 'varied'; hostPrepared: boolean },
): Promise<Uint8Array> {
  const { passport } = backbone
  requireFit(passport, how.preprocessing, how.image)
  const from = how.hostPrepared || how.image === 'varied' ? passport.input : how.image
  const network = await planarNetwork(backbone)
  const { name } = network.graph.inputs[0]
  return writeModel(prefixed(network, name, pictureNodes('pixels', from, passport.input, how.preprocessing)))
}

/** Pixels as they come, fed as `input`, to real numbers as the network wants them, [batch, 3, height, width]. */
export function pictureNodes(input: string, from: Size, to: Size, p: Preprocessing): Prefix {
  const nodes: NodeSpec[] = []
  const constants: Record<string, Numbers> = {}
  let at = input
  const then = (op: string, inputs: string[], output: string, attributes?: NodeSpec['attributes']) => {
    nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) })
    at = output
  }
  if (p.colour === 'bgr') {
    constants['colour order'] = { type: 'int64', dims: [3], data: [2, 1, 0] }
    then('Gather', [at, 'colour order'], 'bgr', { axis: 1 })
  }
  then('Cast', [at], 'numbers', { to: 1 })
  const scale = () => {
    constants.scale = { type: 'float32', dims: [1, 3, 1, 1], data: p.std.map((std) => 1 / (p.divisor * std)) }
    constants.shift = { type: 'float32', dims: [1, 3, 1, 1], data: p.std.map((std, c) => -p.mean[c] / std) }
    then('Mul', [at, 'scale'], 'scaled')
    then('Add', [at, 'shift'], 'normalised')
  }
  const resize = () => {
    const { filter, antialias, alignCorners } = p.resize!
    if (from.width !== to.width) {
      const weights = resampleWeights(from.width, to.width, { filter, antialias, alignCorners })
      constants.across = {
        type: 'float32',
        dims: [from.width, to.width],
        data: transposed(weights, to.width, from.width),
      }
      then('MatMul', [at, 'across'], 'resized across')
    }
    if (from.height !== to.height) {
      const weights = resampleWeights(from.height, to.height, { filter, antialias, alignCorners })
      constants.down = { type: 'float32', dims: [to.height, from.height], data: Float32Array.from(weights) }
      then('MatMul', ['down', at], 'resized down')
    }
  }
  const shrinks = from.width * from.height > to.width * to.height
  for (const step of shrinks ? [resize, scale] : [scale, resize])
    if (step === scale || !sameSize(from, to)) step()
  return {
    inputs: { [input]: { type: 'uint8', shape: ['batch', 3, from.height, from.width] } },
    nodes,
    constants,
    output: at,
  }
}

/** [rows × columns] float64 as [columns × rows] float32. */
function transposed(matrix: Float64Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j]
  return out
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}

/** Refuses a preprocessing that does not end at the network's input size. */
export function requireFit(passport: Passport, p: Preprocessing, image: Size | 'varied'): void {
  const { width, height } = passport.input
  const ends = endSize(p, image)
  if (ends !== undefined && sameSize(ends, passport.input)) return
  const pictures =
    image === 'varied' ? 'pictures of varied sizes' : `pictures of ${image.width} × ${image.height}`
  throw new StreambedError('preprocessing-does-not-fit', {
    what: `The preprocessing makes ${ends === undefined ? 'no single size' : `${ends.width} × ${ends.height}`} of ${pictures}; ${passport.name} takes ${width} × ${height}.`,
    where: `${passport.name} › preprocessing`,
    mend: `Resize to exactly ${width}, or the shorter side and then crop ${Math.min(width, height)}.`,
  })
}

/** The size of a prepared picture; `undefined` when it depends on the picture. */
function endSize(p: Preprocessing, image: Size | 'varied'): Size | undefined {
  if (p.crop !== null) return { width: p.crop, height: p.crop }
  if (image !== 'varied') return resizedSize(image, p)
  return p.resize?.rule === 'exact' ? { width: p.resize.size, height: p.resize.size } : undefined
}
