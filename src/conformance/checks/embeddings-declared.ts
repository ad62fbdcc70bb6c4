import { usesEmbeddings } from '../../protocol/index.ts'
import { defineCheck } from '../check.ts'

/** Embeddings are computed for methods that declare to use them, and are on their bill. */
export const embeddingsDeclared = defineCheck({
  name: 'embeddings-declared',
  promise: 'asks for embeddings of the frozen backbone only if it says so (needs.embeddings)',
  silent: ({ method: { needs } }) => (usesEmbeddings(needs) ? 'it declares to use them' : undefined),
  eye: () => ({ embedded: (images) => `it asked for the embeddings of ${images} images` }),
})
