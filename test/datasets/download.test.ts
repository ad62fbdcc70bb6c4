import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { download } from '../../src/datasets/index.ts'

const file = randomBytes(300_000)
const digest = { algorithm: 'md5', hex: createHash('md5').update(file).digest('hex') } as const
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse, call: number) => void) {
  let calls = 0
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range)
    answer(request, response, ++calls)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.tar.gz`, ranges }
}

/** Answers a range if asked for one with the right tag. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { tag = '"v1"', cutAt = file.length } = {},
) {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const resumes = from > 0 && request.headers['if-range'] === tag
  const start = resumes ? from : 0
  response.writeHead(resumes ? 206 : 200, { etag: tag, 'content-length': file.length - start })
  if (cutAt >= file.length) response.end(file.subarray(start))
  else response.write(file.subarray(start, cutAt), () => setTimeout(() => response.destroy(), 60))
}

const into = () => join(mkdtempSync(join(tmpdir(), 'streambed-download-')), 'data.tar.gz')

test('a file arrives whole, verified, with progress, and leaves nothing beside it', async () => {
  const { url } = await serve((request, response) => send(request, response))
  const path = into()
  const steps: number[] = []
  await download({ url, path, digest, bytes: file.length, onProgress: ({ done }) => steps.push(done) })
  expect(readFileSync(path).equals(file)).toBe(true)
  expect(steps.at(-1)).toBe(file.length)
  expect([existsSync(`${path}.part`), existsSync(`${path}.part.etag`)]).toEqual([false, false])
})

test('a connection cut mid-way is taken up where it broke', async () => {
  const { url, ranges } = await serve((request, response, call) =>
    send(request, response, call === 1 ? { cutAt: 120_000 } : {}),
  )
  const path = into()
  await download({ url, path, digest, retrySeconds: 0.01 })
  expect(readFileSync(path).equals(file)).toBe(true)
  expect(ranges[0]).toBeUndefined()
  expect(Number(/bytes=(\d+)-/.exec(ranges[1] ?? '')?.[1])).toBeGreaterThan(0)
})

test('a file that changed on the server in between starts anew', async () => {
  const { url } = await serve((request, response, call) =>
    send(request, response, call === 1 ? { cutAt: 120_000, tag: '"old"' } : { tag: '"new"' }),
  )
  const path = into()
  await download({ url, path, digest, retrySeconds: 0.01 })
  expect(readFileSync(path).equals(file)).toBe(true)
})

test('a server that never finishes is given up, keeping what came for the next call', async () => {
  const cut = await serve((request, response) => send(request, response, { cutAt: 1000, tag: '"v1"' }))
  const path = into()
  await expect(download({ url: cut.url, path, digest, retrySeconds: 0.001 })).rejects.toMatchObject({
    code: 'download-unreachable',
    where: `${path}.part`,
  })
  expect(existsSync(`${path}.part`)).toBe(true)
  const whole = await serve((request, response) => send(request, response))
  await download({ url: whole.url, path, digest })
  expect(readFileSync(path).equals(file)).toBe(true)
})

test('wrong bytes are refused, naming both digests, and nothing is kept', async () => {
  const { url } = await serve((_, response) => response.end('<html>a login page</html>'))
  const path = into()
  await expect(download({ url, path, digest })).rejects.toMatchObject({
    code: 'download-wrong-bytes',
    what: expect.stringContaining(digest.hex),
  })
  expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false])
})

test('an address that is gone is named with its status', async () => {
  const { url } = await serve((_, response) => response.writeHead(404).end())
  await expect(download({ url, path: into(), digest })).rejects.toMatchObject({
    code: 'download-refused',
    what: expect.stringContaining('404'),
  })
})

test('a disk without room is noticed before anything is fetched', async () => {
  const { url, ranges } = await serve((request, response) => send(request, response))
  await expect(download({ url, path: into(), digest, bytes: 2 ** 60 })).rejects.toMatchObject({
    code: 'disk-full',
  })
  expect(ranges).toEqual([])
})

test.skipIf(!existsSync('/dev/full'))('a disk that fills up while writing is named as such', async () => {
  const { url } = await serve((request, response) => send(request, response))
  const path = into()
  symlinkSync('/dev/full', `${path}.part`)
  await expect(download({ url, path, digest })).rejects.toMatchObject({ code: 'disk-full' })
  expect(existsSync(path)).toBe(false)
})

test('an interruption keeps what came', async () => {
  const stopping = new AbortController()
  const { url } = await serve((_, response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': file.length })
    response.write(file.subarray(0, 50_000))
  })
  const path = into()
  const running = download({ url, path, digest, signal: stopping.signal, onProgress: () => stopping.abort() })
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  expect(existsSync(path)).toBe(false)
  expect(readFileSync(`${path}.part`).length).toBeGreaterThan(0)
})
