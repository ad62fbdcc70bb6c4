import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StreambedError } from '../error.ts'
import { sha256File } from '../identity/index.ts'

export interface Download {
  url: string
  /** Where the whole, verified file will be. */
  path: string
  /** Digest of the whole file, as published. */
  digest: { algorithm: 'md5' | 'sha256'; hex: string }
  /** Size in bytes, if published; checked against free space before anything is fetched. */
  bytes?: number
  signal?: AbortSignal
  onProgress?(progress: { done: number; total: number | undefined }): void
  /** Seconds before the first retry; doubled each time. */
  retrySeconds?: number
}

const tries = 5

/**
 * Downloads a file so that it is there whole and verified, or not at all.
 *
 * What came is kept in `PATH.part`; a broken connection, or a later call, goes on from there with `Range` and
 * `If-Range` (a file that changed on the server starts anew). The digest decides; then it is renamed into place.
 * Proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 *
 * @throws download-unreachable, download-refused, download-wrong-bytes, disk-full
 */
export async function download(request: Download): Promise<void> {
  const { path, url } = request
  const part = `${path}.part`
  mkdirSync(dirname(path), { recursive: true })
  checkSpace(request, part)
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(request, part)
      break
    } catch (error) {
      request.signal?.throwIfAborted()
      if (error instanceof StreambedError) throw error
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(path, error)
      if (attempt === tries) {
        const kept = sizeOf(part)
        throw new StreambedError('download-unreachable', {
          what: `${url} could not be read after ${tries} tries: ${reason(error)}. ${kept.toLocaleString('en-US')} bytes are kept.`,
          where: part,
          mend: 'Give the same command again: it goes on from there. Behind a proxy, set HTTPS_PROXY.',
          cause: error,
          exit: 1,
        })
      }
      await sleep((request.retrySeconds ?? 1) * 1000 * 2 ** (attempt - 1), undefined, {
        signal: request.signal,
      })
    }
  }
  const found = await sha256File(part, request.digest.algorithm)
  if (found !== request.digest.hex) {
    const size = sizeOf(part)
    rmSync(part)
    rmSync(`${part}.etag`, { force: true })
    throw new StreambedError('download-wrong-bytes', {
      what: `${url} sent ${size.toLocaleString('en-US')} bytes with ${request.digest.algorithm} ${found}, not the published ${request.digest.hex}.`,
      where: path,
      mend: 'Nothing was kept. Try again; if it stays so, a proxy or the server gives you another file.',
      exit: 1,
    })
  }
  renameSync(part, path)
  rmSync(`${part}.etag`, { force: true })
}

async function fetchRest(request: Download, part: string): Promise<void> {
  const { fetch, EnvHttpProxyAgent } = await import('undici')
  const have = sizeOf(part)
  if (request.bytes !== undefined && have === request.bytes) return
  const tag = existsSync(`${part}.etag`) ? readFileSync(`${part}.etag`, 'utf8') : undefined
  const resumes = have > 0 && tag !== undefined
  const response = await fetch(request.url, {
    dispatcher: new EnvHttpProxyAgent({ bodyTimeout: 60_000, headersTimeout: 60_000 }),
    signal: request.signal,
    headers: resumes ? { range: `bytes=${have}-`, 'if-range': tag } : {},
  })
  if (response.status === 416) {
    rmSync(part, { force: true }) // the server's file is shorter than what we kept: another file
    throw new Error('the server has fewer bytes than were kept')
  }
  if (response.status !== 200 && response.status !== 206) {
    if (response.status >= 500) throw new Error(`the server answered ${response.status}`)
    throw new StreambedError('download-refused', {
      what: `${request.url} answered ${response.status} ${response.statusText}.`,
      mend: 'Look at the address in a browser. If the file moved, give its new address with --from; its checksum still decides.',
      exit: 1,
    })
  }
  const from = response.status === 206 ? have : 0
  const etag = response.headers.get('etag')
  if (etag) writeFileSync(`${part}.etag`, etag)
  const length = response.headers.get('content-length')
  const total = length === null ? request.bytes : from + Number(length)
  let done = from
  const file = openSync(part, from > 0 ? 'a' : 'w')
  try {
    // Each piece is on disk before the next is asked for, so a connection that breaks loses none.
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at, piece.length - at)
      done += piece.length
      request.onProgress?.({ done, total })
    }
  } finally {
    closeSync(file)
  }
  if (total !== undefined && done < total)
    throw new Error(`the connection ended after ${done} of ${total} bytes`)
}

function checkSpace(request: Download, part: string): void {
  if (request.bytes === undefined) return
  const { bavail, bsize } = statfsSync(dirname(request.path))
  if (bavail * bsize < request.bytes - sizeOf(part)) throw diskFull(request.path, undefined, request.bytes)
}

function diskFull(path: string, cause: unknown, bytes?: number): StreambedError {
  return new StreambedError('disk-full', {
    what: `There is not enough room on the disk${bytes ? ` for ${bytes.toLocaleString('en-US')} bytes` : ''}.`,
    where: path,
    mend: 'Free some space, or give another folder with --data. What had come is kept, and the same command goes on.',
    cause,
    exit: 1,
  })
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : message
}
