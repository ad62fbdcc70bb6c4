/**
 * The order in which the ledger lists the examples of one set: by class, and within a class as they came, which
 * is by image hash. Rows of a class then stand together, and the file is a tenth smaller.
 *
 * @param rows rows of the test split, in canonical order
 * @param labels stream label of every row of the split
 */
export function ledgerOrder(rows: Uint32Array, labels: ArrayLike<number>): Uint32Array {
  return Uint32Array.from([...rows].sort((a, b) => labels[a] - labels[b])) // sorting is stable
}
