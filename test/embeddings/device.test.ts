import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { embeddingKey } from '../../src/embeddings/index.ts'
import { smallQuestion } from './small-question.ts'

test('embeddings of another device have an entry of their own, and the CPU’s are where they always were', () => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-device-'))
  try {
    const question = smallQuestion(folder, { train: 8, test: 8 })
    const plain = embeddingKey(question)
    expect(embeddingKey({ ...question, device: 'cpu' })).toBe(plain)
    const others = (['webgpu', 'cuda', 'directml', 'coreml'] as const).map((device) =>
      embeddingKey({ ...question, device }),
    )
    expect(new Set([plain, ...others]).size).toBe(5)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
