/**
 * The first place at which two pieces of plain data differ, in words; `undefined` if they are equal to the bit (NaN is
 * NaN, and −0 is 0).
 */
export function difference(a: unknown, b: unknown, place = ''): string | undefined {
  const at = place === '' ? '' : `${place}: `
  if (ArrayBuffer.isView(a) || Array.isArray(a)) {
    const [left, right] = [a, b] as ArrayLike<unknown>[]
    if (right?.constructor !== left.constructor) return `${at}another kind of list`
    if (left.length !== right.length) return `${at}${left.length} entries, then ${right.length}`
    for (let i = 0; i < left.length; i++) {
      if (left[i] === right[i]) continue
      const found = difference(left[i], right[i], `${place}[${i}]`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const inner = place === '' ? key : `${place}.${key}`
      const found = difference((a as never)[key], (b as never)[key], inner)
      if (found !== undefined) return found
    }
    return undefined
  }
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) ? undefined : `${at}${a}, then ${b}`
}
