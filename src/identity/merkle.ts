import { createHash } from 'node:crypto'

/**
 * The root of a binary hash tree over ordered leaves, 64 hexadecimal digits.
 *
 * Leaves  n records of `width` bytes, one after another. A leaf is hashed with a 0 byte before it, a pair of
 * children with a 1 byte, an odd child moves up unchanged (as in RFC 6962), so neither the order nor the
 * number of leaves can change without changing the root. No leaf gives the SHA-256 of nothing.
 */
export function merkleRoot(leaves: Uint8Array, width: number): string {
  let level: Buffer[] = []
  for (let at = 0; at < leaves.length; at += width) {
    level.push(
      createHash('sha256')
        .update(Buffer.of(0))
        .update(leaves.subarray(at, at + width))
        .digest(),
    )
  }
  if (level.length === 0) return createHash('sha256').digest('hex')
  while (level.length > 1) {
    const next: Buffer[] = []
    for (let i = 0; i < level.length; i += 2) {
      next.push(
        i + 1 < level.length
          ? createHash('sha256')
              .update(Buffer.of(1))
              .update(level[i])
              .update(level[i + 1])
              .digest()
          : level[i],
      )
    }
    level = next
  }
  return level[0].toString('hex')
}
