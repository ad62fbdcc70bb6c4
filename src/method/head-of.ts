import { featureScale } from './feature-scale.ts'
import type { Images, Method, OptionValue, Start } from './method.ts'

/**
 * The feature-level variant of a method that trains a network: the same method with only a head on the embeddings of
 * the frozen backbone to train, under a name of its own. Buffers keep embeddings, and nothing is augmented.
 *
 * Embeddings are scaled feature by feature as those of the first task are spread (`featureScale`), so that one
 * learning rate suits every backbone.
 *
 * @param options those whose defaults differ
 */
export function headOf<Options extends Record<string, OptionValue>>(
  method: Method<Options>,
  { summary, options }: { summary: string; options: Partial<Options> },
): Method<Options> {
  const { anatomy: _, ...needs } = method.needs
  return {
    ...method,
    name: `${method.name}.head`,
    summary,
    needs: {
      ...needs,
      gradients: 'head',
      embeddings: true,
      ...(needs.memory === 'raw images' && { memory: 'embeddings' }),
    },
    options: { ...method.options, ...options },
    async start(context: Start<Options>) {
      const { backbone, count } = context
      const scale = featureScale({ dimension: backbone.dimension, kind: 'each', count })
      const rows = async (images: Images) => scale.apply(await backbone.embed(images))
      const inner = await method.start({ ...context, backbone: { ...backbone, rows } })
      return {
        ...inner,
        stages: (task) => [
          {
            name: 'scale',
            over: { images: 'task', batch: 512, epochs: task.index === 0 ? 1 : 0, order: 'canonical' },
            async step({ images }) {
              await scale.add(await backbone.embed(images))
            },
          },
          ...inner.stages(task),
        ],
        parts: { ...inner.parts, scale },
      }
    },
  }
}
