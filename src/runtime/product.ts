import { StreambedError } from '../error.ts'
import { buildModel } from '../onnx/index.ts'
import { Tensor } from '../tensor/index.ts'
import { openSession, type Session } from './session.ts'

type Floats = Float32Array | Float64Array

/** Sessions are kept: making one costs more than a small product. */
const sessions = new Map<string, Promise<Session>>()

/**
 * The matrix product A·B [rows, columns] through the runtime, in the type of its inputs.
 *
 * A [rows, inner], or [inner, rows] with `transposeA`; B [inner, columns], or [columns, inner] with
 * `transposeB`; both row-major and of one type. One thread unless said; the same bits on every call.
 */
export async function product<T extends Floats>(
  a: T,
  b: T,
  shape: {
    rows: number
    inner: number
    columns: number
    transposeA?: boolean
    transposeB?: boolean
    threads?: number
  },
): Promise<T> {
  const { rows, inner, columns, transposeA = false, transposeB = false, threads = 1 } = shape
  const type = a instanceof Float64Array ? 'float64' : 'float32'
  if (a.constructor !== b.constructor) throw new TypeError('product: both matrices must be of one float type')
  const session = await kept(`product ${type} ${transposeA} ${transposeB}`, threads, () =>
    buildModel({
      inputs: { a: { type, shape: ['i', 'j'] }, b: { type, shape: ['k', 'l'] } },
      outputs: { y: { type, shape: ['m', 'n'] } },
      nodes: [
        {
          op: 'FusedMatMul',
          domain: 'com.microsoft',
          inputs: ['a', 'b'],
          outputs: ['y'],
          attributes: { transA: Number(transposeA), transB: Number(transposeB) },
        },
      ],
    }),
  )
  const y = new Tensor(type, new (a.constructor as Float64ArrayConstructor)(rows * columns) as never, [
    rows,
    columns,
  ])
  if (rows === 0 || columns === 0 || inner === 0) return y.data as unknown as T
  await session.run(
    {
      a: new Tensor(type, a as never, transposeA ? [inner, rows] : [rows, inner]),
      b: new Tensor(type, b as never, transposeB ? [columns, inner] : [inner, columns]),
    },
    { y },
  )
  return y.data as unknown as T
}

/**
 * The inverse [n, n] of a square matrix, row-major float64, by the runtime's LU factorisation.
 *
 * @throws matrix-singular when the result is not finite.
 */
export async function inverse(a: Float64Array, n: number, threads = 1): Promise<Float64Array> {
  const session = await kept('inverse', threads, () =>
    buildModel({
      inputs: { a: { type: 'float64', shape: ['n', 'n'] } },
      outputs: { y: { type: 'float64', shape: ['n', 'n'] } },
      nodes: [{ op: 'Inverse', domain: 'com.microsoft', inputs: ['a'], outputs: ['y'] }],
    }),
  )
  const { y } = await session.run({ a: new Tensor('float64', a, [n, n]) })
  const values = y.data as Float64Array
  if (!values.every(Number.isFinite)) {
    throw new StreambedError('matrix-singular', {
      what: `A ${n} × ${n} matrix has no inverse.`,
      mend: 'Add a little to its diagonal (shrinkage or ridge above 0), or give more examples.',
      exit: 1,
    })
  }
  return values
}

function kept(kind: string, threads: number, model: () => Uint8Array): Promise<Session> {
  const key = `${kind} ${threads}`
  let session = sessions.get(key)
  if (session === undefined) {
    session = openSession(model(), { threads, label: kind })
    sessions.set(key, session)
  }
  return session
}
