import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { onnxruntime } from './ort.ts'
import { sessionSettings } from './session.ts'

/** Fusions into operators that have no gradient rule, or that move weights out of reach. */
const withoutGradient = [
  'ConvBNFusion',
  'ConvMulFusion',
  'ConvAddFusion',
  'ConvActivationFusion',
  'GemmActivationFusion',
  'SkipLayerNormFusion',
  'EmbedLayerNormFusion',
  'AttentionFusion',
  'BiasGeluFusion',
  'FastGeluFusion',
  'QuickGeluFusion',
  'GeluApproximation',
  'BiasSoftmaxFusion',
  'ReluClipFusion',
  'TransposeOptimizer',
]

/**
 * The same model as the runtime understands it: constants folded, shape arithmetic gone, LayerNormalization and Gelu
 * recognised from their pieces, products fused with the transposes around them. Nothing runs.
 *
 * Level `extended` and no higher: above it stand layouts of the runtime's own.
 *
 * @returns the bytes of a model file; it imports more operator domains than it uses
 * @throws runtime-refused-model
 */
export async function canonical(model: Uint8Array, label: string): Promise<Uint8Array> {
  const { InferenceSession } = await onnxruntime()
  const folder = await mkdtemp(join(tmpdir(), 'streambed-canonical-')) // unique: many processes may do this at once
  const path = join(folder, 'model.onnx')
  const settings = sessionSettings({ threads: 1, label, optimisation: 'extended' })
  try {
    const session = await InferenceSession.create(model, {
      ...settings,
      optimizedModelFilePath: path,
      extra: {
        ...settings.extra,
        optimization: { disable_specified_optimizers: withoutGradient.join(';') },
      },
    })
    await session.release()
    return await readFile(path)
  } catch (cause) {
    throw new StreambedError('runtime-refused-model', {
      what: `onnxruntime does not load ${label}: ${(cause as Error).message}`,
      where: label,
      mend: 'Check that the file is whole and exported for opset 11 … 20; `streambed check` names what is unusual in it.',
      cause,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
