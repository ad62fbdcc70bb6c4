import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StreambedError } from '../error.ts'
import { publishText } from '../files/index.ts'
import { contentId, sha256File } from '../identity/index.ts'
import type { PublishedArchive } from './dataset.ts'
import { fileStamp } from './index-file.ts'

/** Nothing published here is larger when unpacked; more is a mistake or an attack. */
const mostBytes = 400_000_000

export interface UnpackedArchive {
  folder: string
  md5: string
}

/**
 * Checks a downloaded archive against what its publisher says.
 *
 * @throws data-damaged when size or MD5 differ, naming both.
 */
export async function verifyArchive(path: string, archive: PublishedArchive): Promise<void> {
  const { size } = statSync(path)
  const expected = `${archive.bytes.toLocaleString('en-US')} bytes`
  if (size !== archive.bytes) {
    const short = size < archive.bytes ? 'it is cut off or another file' : 'it is another file'
    throw new StreambedError('data-damaged', {
      what: `${basename(path)} has ${size.toLocaleString('en-US')} bytes and the published archive ${expected}: ${short}.`,
      where: path,
      mend: `Fetch it again from ${archive.url}.`,
    })
  }
  const md5 = await sha256File(path, 'md5')
  if (md5 === archive.md5) return
  throw new StreambedError('data-damaged', {
    what: `${basename(path)} has the MD5 ${md5}; its publisher says ${archive.md5}.`,
    where: path,
    mend: `Fetch it again from ${archive.url}.`,
  })
}

/**
 * Unpacks the wanted files of a .tar.gz into the cache, once: later calls find the folder by the archive's path,
 * size and time of change. `wanted` files must be in it, `welcome` ones may. Only plain files of these names are
 * written, flat, whatever paths the archive has.
 *
 * @throws data-damaged for an archive that is cut off, lacks a wanted file or unpacks to more than 400 MB.
 */
export async function unpackOnce(
  path: string,
  wanted: readonly string[],
  welcome: readonly string[],
  cache: string,
): Promise<UnpackedArchive> {
  const folder = join(
    cache,
    'unpacked',
    `${basename(path).replace(/\W.*$/, '')}-${contentId([fileStamp(path), wanted])}`,
  )
  const receipt = join(folder, 'archive.json')
  if (existsSync(receipt) && wanted.every((name) => existsSync(join(folder, name)))) {
    const { md5 } = JSON.parse(readFileSync(receipt, 'utf8')) as { md5: string }
    return { folder, md5 }
  }
  const md5 = await sha256File(path, 'md5')
  mkdirSync(dirname(folder), { recursive: true })
  const making = mkdtempSync(`${folder}.`)
  try {
    await unpack(path, wanted, welcome, making)
    publishText(join(making, 'archive.json'), `${JSON.stringify({ md5 })}\n`)
    rmSync(folder, { recursive: true, force: true })
    try {
      renameSync(making, folder)
    } catch (error) {
      // Another process was faster and its folder is as good.
      if (!existsSync(receipt)) throw error
    }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return { folder, md5 }
}

async function unpack(
  path: string,
  wanted: readonly string[],
  welcome: readonly string[],
  into: string,
): Promise<void> {
  const { extract } = await import('tar')
  const names = [...wanted, ...welcome]
  const found = new Set<string>()
  let bytes = 0
  let tooLarge = false
  try {
    await extract({
      file: path,
      cwd: into,
      strict: true,
      filter(member, entry) {
        const name = basename(member)
        if (!names.includes(name) || !('type' in entry) || entry.type !== 'File' || found.has(name))
          return false
        bytes += entry.size ?? 0
        tooLarge ||= bytes > mostBytes
        if (tooLarge) return false
        found.add(name)
        return true
      },
      onReadEntry(entry) {
        entry.path = basename(entry.path)
      },
    })
  } catch (cause) {
    throw new StreambedError('data-damaged', {
      what: `${basename(path)} cannot be unpacked: it is cut off or no .tar.gz (${(cause as Error).message}).`,
      where: path,
      mend: 'Fetch the archive again.',
      cause,
    })
  }
  const missing = wanted.filter((name) => !found.has(name))
  if (tooLarge || missing.length > 0) {
    throw new StreambedError('data-damaged', {
      what: tooLarge
        ? `${basename(path)} unpacks to more than ${mostBytes / 1e6} MB, which the dataset does not.`
        : `${basename(path)} does not hold ${missing.join(', ')}.`,
      where: path,
      mend: 'Fetch the archive again from its publisher.',
    })
  }
}
