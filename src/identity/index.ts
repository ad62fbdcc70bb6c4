export { canonicalJson } from './canonical.ts'
export { contentId, sha256, sha256File } from './hash.ts'
export { merkleRoot } from './merkle.ts'
