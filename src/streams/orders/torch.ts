import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * PyTorch's `torch.manual_seed(seed); torch.randperm(n)` on the CPU.
 *
 * Fisher–Yates from the front, each index by remainder of 32 bits (PyTorch's own small bias, kept).
 * Example: permutation 10 of seed 0 is 4 1 7 5 3 9 0 8 6 2.
 * @source pytorch/aten/src/ATen/native/TensorFactories.cpp, `randperm_cpu`.
 */
export function torchPermutation(seed: number, n: number): number[] {
  const generator = mersenne(seed)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < n - 1; i++) {
    const j = i + ((generator.next() >>> 0) % (n - i))
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
