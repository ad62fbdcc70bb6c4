import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  builtFile,
  packageRoot,
  packageVersion,
  publish,
  publishText,
  withLock,
} from '../../src/files/index.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'streambed-files-'))
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('a published file is there whole, its folder made, and nothing lies beside it', () => {
  const at = join(folder(), 'deep', 'er', 'file')
  publish(at, [Buffer.from('one '), Buffer.from('two')])
  publishText(at, 'three')
  expect(readFileSync(at, 'utf8')).toBe('three')
  expect(readdirSync(join(at, '..'))).toEqual(['file'])
})

test('a publication that fails leaves the old file and no temporary one', () => {
  const at = join(folder(), 'file')
  publishText(at, 'old')
  expect(() => publish(at, [Buffer.from('new'), null as unknown as Uint8Array])).toThrow()
  expect(readFileSync(at, 'utf8')).toBe('old')
  expect(readdirSync(join(at, '..'))).toEqual(['file'])
})

test('of many who want one lock, one at a time has it', async () => {
  const lock = join(folder(), 'lock')
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 5 }, () =>
      withLock(lock, async () => {
        most = Math.max(most, ++inside)
        await pause(10)
        inside--
      }),
    ),
  )
  expect(most).toBe(1)
  expect(existsSync(lock)).toBe(false)
})

test('the lock of a process that died is taken at once, by one of two waiters', async () => {
  const lock = join(folder(), 'lock')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(lock, JSON.stringify({ host: hostname(), pid }))
  const began = Date.now()
  let inside = 0
  const take = () =>
    withLock(lock, async () => {
      expect(++inside).toBe(1)
      await pause(20)
      inside--
    })
  await Promise.all([take(), take()])
  expect(Date.now() - began).toBeLessThan(5000)
})

test('the lock of another machine holds while it beats and falls when it has not for half a minute', async () => {
  const lock = join(folder(), 'lock')
  writeFileSync(lock, JSON.stringify({ host: 'elsewhere', pid: 1 }))
  const stop = new AbortController()
  let holder = ''
  const waiting = withLock(lock, async () => 'never', {
    signal: stop.signal,
    waiting: (who) => {
      holder = who
      stop.abort()
    },
  })
  await expect(waiting).rejects.toThrow()
  expect(holder).toBe('process 1 on elsewhere')
  const longAgo = new Date(Date.now() - 60_000)
  utimesSync(lock, longAgo, longAgo)
  expect(await withLock(lock, async () => 'ours')).toBe('ours')
})

test('a lock half-written by a process killed in between holds nobody up', async () => {
  const lock = join(folder(), 'lock')
  writeFileSync(lock, '{"host"')
  const longAgo = new Date(Date.now() - 10_000)
  utimesSync(lock, longAgo, longAgo)
  expect(await withLock(lock, async () => 'ours')).toBe('ours')
})

test('work that throws gives its lock back', async () => {
  const lock = join(folder(), 'lock')
  await expect(withLock(lock, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(lock)).toBe(false)
})

test('a module of ours has its compiled twin under dist, from source and from dist alike', () => {
  const twin = join(packageRoot, 'dist', 'src', 'protocol', 'child.js')
  const from = (path: string) => new URL(`file://${join(packageRoot, path)}`).href
  expect(fileURLToPath(builtFile(from('src/protocol/launch.ts'), './child.ts'))).toBe(twin)
  expect(fileURLToPath(builtFile(from('dist/src/protocol/launch.js'), './child.js'))).toBe(twin)
  expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
})
