import { either, nearest, StreambedError } from '../error.ts'
import { icarlOrder } from './orders/icarl.ts'
import { numpyPermutation } from './orders/numpy.ts'
import { pythonPermutation } from './orders/python.ts'
import { torchPermutation } from './orders/torch.ts'
import type { ClassOrder } from './stream.ts'

type Convention = ClassOrder['convention']

const seeded: readonly Convention[] = ['numpy', 'numpy-inverse', 'torch', 'python']
const fixed: readonly Convention[] = ['natural', 'icarl']

/** Letters that the field's comparison tables use. */
const letters: Readonly<Record<string, Convention>> = {
  A: 'numpy',
  B: 'numpy-inverse',
  C: 'torch',
  D: 'python',
  E: 'natural',
}

const forms =
  'numpy:1993 (A-1993), numpy-inverse:1993 (B-1993), torch:0 (C-0), python:1 (D-1), natural (E) or icarl'

/**
 * Reads the name of a class order: a convention and its seed (`numpy:1993`), a letter and its seed (`A-1993`), or
 * the name of a fixed order (`natural`, `E`, `icarl`).
 *
 * @throws class-order-unknown, class-order-seed (a seed is a whole number 0 … 2³² − 1)
 */
export function parseClassOrder(spec: string, where?: string): ClassOrder {
  const [, head, tail] = /^([^:]*?)(?:(?::|(?<=^[A-Ea-e])-)(.*))?$/s.exec(spec.trim()) ?? []
  const convention =
    letters[(head ?? '').toUpperCase()] ?? [...seeded, ...fixed].find((name) => name === head)
  if (convention === undefined) {
    const meant = nearest(head ?? spec, [...seeded, ...fixed])
    throw new StreambedError('class-order-unknown', {
      what: `“${spec}” is no class order.${meant ? ` Did you mean ${meant}${tail ? `:${tail}` : ''}?` : ''}`,
      where,
      mend: `Write ${forms}.`,
    })
  }
  if (fixed.includes(convention)) {
    if (tail === undefined) return { convention, seed: null }
    throw new StreambedError('class-order-seed', {
      what: `The ${convention} order is fixed and takes no seed, but “${spec}” gives one.`,
      where,
      mend: `Write ${convention}, or a seeded order: ${either(seeded.map((name) => `${name}:${tail}`))}.`,
    })
  }
  const seed = Number(tail)
  if (!/^\d+$/.test(tail ?? '') || seed > 4_294_967_295) {
    throw new StreambedError('class-order-seed', {
      what: tail === undefined ? `“${spec}” lacks a seed.` : `“${tail}” is no seed of a class order.`,
      where,
      mend: `Write a whole number from 0 to 4294967295 after it, as in ${convention}:1993.`,
    })
  }
  return { convention, seed }
}

/** `numpy:1993` or `natural`: the one spelling of an order. */
export function orderName(order: ClassOrder): string {
  return order.seed === null ? order.convention : `${order.convention}:${order.seed}`
}

/**
 * A class order over a number of classes.
 *
 * permutation  [classes] entry i is the dataset's class that becomes stream label i, in every convention. (Mammoth
 *              applies NumPy's permutation the other way, new label = p[class]; `numpy-inverse` has it inverted.)
 *
 * @throws class-order-unknown, class-order-seed, class-order-size (icarl is a list of 100 classes)
 */
export function classOrder(
  spec: string,
  classes: number,
  where?: string,
): { order: ClassOrder; permutation: number[] } {
  const order = parseClassOrder(spec, where)
  return { order, permutation: permutationOf(order, classes, where) }
}

function permutationOf({ convention, seed }: ClassOrder, classes: number, where?: string): number[] {
  switch (convention) {
    case 'numpy':
      return numpyPermutation(seed ?? 0, classes)
    case 'numpy-inverse':
      return inverseOf(numpyPermutation(seed ?? 0, classes))
    case 'torch':
      return torchPermutation(seed ?? 0, classes)
    case 'python':
      return pythonPermutation(seed ?? 0, classes)
    case 'natural':
      return Array.from({ length: classes }, (_, i) => i)
    case 'icarl':
      if (classes === icarlOrder.length) return [...icarlOrder]
      throw new StreambedError('class-order-size', {
        what: `The icarl order is a list of CIFAR-100's 100 classes; here are ${classes}.`,
        where,
        mend: 'Write natural or a seeded order such as numpy:1993.',
      })
  }
}

/** The permutation that undoes one: `inverse[permutation[i]] = i`. */
export function inverseOf(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length)
  for (const [i, value] of permutation.entries()) inverse[value] = i
  return inverse
}
