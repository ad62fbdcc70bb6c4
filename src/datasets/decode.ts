import { stat } from 'node:fs/promises'
import sharp, { type Metadata } from 'sharp'
import { StreambedError } from '../error.ts'
import type { Picture } from '../pictures/index.ts'

/** The largest picture that is read, in pixels: three of them in flight stay under 450 MB. */
export const mostPixels = 50_000_000

const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'] as const

// One pass over a dataset never meets a picture twice soon; libvips' own cache would only hold memory.
sharp.cache(false)

/**
 * How a file is opened. `failOn: 'error'` refuses truncated files; ICC profiles are ignored, as PIL ignores
 * them, so a picture's numbers are those in the file.
 */
const opening = { failOn: 'error', limitInputPixels: mostPixels, ignoreIcc: true } as const

/** What a picture file is, found from its content and not its name. */
export interface PictureFacts {
  /** As shown: after the turn that its EXIF orientation asks for. */
  width: number
  height: number
  /** Frames or pages; the first is the picture. */
  frames: number
  /** Whether EXIF orientation turns or mirrors it. */
  turned: boolean
}

/**
 * Looks at a picture file and decodes it once, so that nothing breaks later, an hour into a run.
 *
 * @throws picture-empty, not-a-picture, picture-format, picture-channels, picture-too-large, picture-broken.
 */
export async function inspectPicture(bytes: Uint8Array, path: string): Promise<PictureFacts> {
  if (bytes.length === 0) throw emptyPicture(path)
  let facts: Metadata
  try {
    facts = await sharp(bytes, { ...opening, limitInputPixels: false }).metadata()
  } catch (cause) {
    throw notAPicture(path, bytes, cause)
  }
  refuseOddKinds(path, facts)
  try {
    // A small result lets libjpeg skip most of the inverse transform, yet every byte of the file is read.
    await sharp(bytes, opening).resize(8, 8, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer()
  } catch (cause) {
    throw brokenPicture(path, cause)
  }
  const { width, height } = facts.autoOrient
  return { width, height, frames: facts.pages ?? 1, turned: (facts.orientation ?? 1) !== 1 }
}

/**
 * Decodes the first frame of a picture file to 3 interleaved channels of uint8, turned as EXIF says.
 *
 * Grey and 1-bit are repeated to red, green and blue; palettes are looked up; alpha is dropped; 16 bits become
 * their upper 8; CMYK is converted by libvips' own profile.
 *
 * @param bytes of the file, where it stands inside another; `path` then says where.
 * @throws picture-missing, picture-empty, not-a-picture, picture-too-large, picture-broken, each with the path.
 */
export async function decodePicture(path: string, bytes?: Uint8Array): Promise<Picture> {
  try {
    if (bytes?.length === 0) throw emptyPicture(path)
    const { data, info } = await sharp(bytes ?? path, opening)
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    if (channels === 3) return { width, height, pixels: data, planar: false }
    if ((channels as number) === 1) return { width, height, pixels: repeated(data), planar: true }
    throw oddChannels(path, channels)
  } catch (cause) {
    if (cause instanceof StreambedError) throw cause
    throw bytes === undefined ? await named(path, cause) : namedBytes(path, bytes, cause)
  }
}

function repeated(grey: Uint8Array): Uint8Array {
  const planes = new Uint8Array(3 * grey.length)
  for (let c = 0; c < 3; c++) planes.set(grey, c * grey.length)
  return planes
}

function refuseOddKinds(path: string, facts: Metadata): void {
  if (!(formats as readonly string[]).includes(facts.format ?? '')) {
    throw new StreambedError('picture-format', {
      what: `The file is a ${facts.format} drawing, and not a picture of pixels.`,
      where: path,
      mend: 'Convert it to PNG, JPEG, WebP, GIF, TIFF or AVIF.',
    })
  }
  if ((facts.channels ?? 0) > 4) throw oddChannels(path, facts.channels ?? 0)
  if (facts.width * facts.height > mostPixels) throw tooLarge(path, `${facts.width}×${facts.height} pixels`)
}

/** Finds out what is wrong with a file that did not decode. */
async function named(path: string, cause: unknown): Promise<StreambedError> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) {
    return new StreambedError('picture-missing', {
      what: 'A picture that was there when the dataset was opened is gone.',
      where: path,
      mend: 'Put the file back, or open the dataset anew.',
      cause,
    })
  }
  return found.size === 0 ? emptyPicture(path) : namedBytes(path, undefined, cause)
}

function namedBytes(path: string, bytes: Uint8Array | undefined, cause: unknown): StreambedError {
  if (/pixel limit/.test(String(cause))) return tooLarge(path, 'more pixels than allowed')
  if (/unsupported image format/.test(String(cause))) return notAPicture(path, bytes, cause)
  return brokenPicture(path, cause)
}

function emptyPicture(path: string): StreambedError {
  return new StreambedError('picture-empty', {
    what: 'The file has no bytes, as after a download that broke off.',
    where: path,
    mend: 'Fetch the file again, or remove it if the dataset is meant to be without it.',
  })
}

function notAPicture(path: string, bytes: Uint8Array | undefined, cause: unknown): StreambedError {
  const start = bytes && Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart()
  const page = start !== undefined && /^<(!doctype|html)/i.test(start)
  return new StreambedError('not-a-picture', {
    what: page
      ? 'The file is a web page and not a picture: the server answered with an error page.'
      : 'The content is no picture format that can be read (PNG, JPEG, WebP, GIF, TIFF, AVIF).',
    where: path,
    mend: 'Fetch the file again, or take it out of the class folder.',
    cause,
  })
}

function oddChannels(path: string, channels: number): StreambedError {
  return new StreambedError('picture-channels', {
    what: `The picture has ${channels} channels; 1 to 4 are read (grey, RGB, CMYK, with or without alpha).`,
    where: path,
    mend: 'Choose the three channels to use and save them as an RGB picture.',
  })
}

function tooLarge(path: string, seen: string): StreambedError {
  return new StreambedError('picture-too-large', {
    what: `The picture has ${seen}; at most ${mostPixels / 1e6} million are read.`,
    where: path,
    mend: 'Shrink the picture first; networks see it at a few hundred pixels a side.',
  })
}

function brokenPicture(path: string, cause: unknown): StreambedError {
  const said = cause instanceof Error ? cause.message.split('\n')[0].trim() : String(cause)
  return new StreambedError('picture-broken', {
    what: `The picture is damaged or cut off (${said}).`,
    where: path,
    mend: 'Fetch the file again, or remove it if the dataset is meant to be without it.',
    cause,
  })
}
