import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { either, nearest, StreambedError } from '../error.ts'
import { packageRoot } from '../files/index.ts'
import { canonicalJson } from '../identity/index.ts'
import { networkDigest } from './network-digest.ts'
import { type Backbone, type Passport, passportSchema } from './passport.ts'
import { shelfFolder, shelfNames } from './shelf.ts'

const ending = '.passport.json'

/** Where backbones may lie. */
export interface BackbonePlaces {
  /** The `--data` folder. */
  data?: string | undefined
  /** More folders, looked into first: the one beside a suite, for example. */
  folders?: readonly string[] | undefined
}

/** A passport and the file it was read from. */
export interface PassportFile {
  passport: Passport
  path: string
}

/**
 * The backbone of that name, found on disk and proved by its checksum.
 *
 * `name` is one of the shelf, one of a `*.passport.json` in the given folders, in `--data` (or `backbones/` or
 * `models/` there) or in `backbones/` of the current folder; or the path of a passport. The `.onnx` file is looked
 * for beside the passport and then in the same folders. Reads the whole file once for its checksum.
 *
 * @throws unknown-backbone, backbone-name-twice, passport-unreadable, backbone-missing, backbone-wrong-bytes
 */
export async function findBackbone(name: string, places: BackbonePlaces = {}): Promise<Backbone> {
  const { passport, path: passportPath } = findPassport(name, places)
  const folders = [dirname(passportPath), ...foldersOf(places), shelfFolder]
  const candidates = isAbsolute(passport.file)
    ? [passport.file]
    : [...new Set(folders.map((folder) => resolve(folder, passport.file)))]
  const present = candidates.filter((path) => existsSync(path) && statSync(path).isFile())
  if (present.length === 0) {
    throw new StreambedError('backbone-missing', {
      what: `The backbone ${passport.name} needs the file ${passport.file}, which is in none of the ${candidates.length} places looked into.`,
      where: candidates.join('\n'),
      mend: `${passport.url === null ? 'Its passport knows no public address: put a copy' : `Download ${passport.url} and put it`} into one of these folders, or name the folder with --data. SHA-256: ${passport.sha256}.`,
    })
  }
  const wrong: string[] = []
  for (const path of present) {
    const sha256 = await networkDigest(path)
    if (sha256 === passport.sha256) {
      return { name: passport.name, passport, path, sha256, dimension: passport.embedding.dimension }
    }
    wrong.push(`${path} has ${sha256}`)
  }
  throw new StreambedError('backbone-wrong-bytes', {
    what: `${passport.file} is not the file that the passport of ${passport.name} describes: its SHA-256 should be ${passport.sha256}.`,
    where: wrong.join('\n'),
    mend: 'Fetch the file again; or, if these are other weights on purpose, write a passport of their own: streambed backbone add FILE.',
  })
}

/** The passport of that name, without looking for its weights. Throws as {@link findBackbone} does. */
export function findPassport(name: string, places: BackbonePlaces = {}): PassportFile {
  if (name.endsWith('.json')) return readPassport(resolve(name))
  const onShelf = shelfNames.includes(name) ? [readPassport(join(shelfFolder, name + ending))] : []
  const found = [...onShelf, ...userPassports(places).filter(({ passport }) => passport.name === name)]
  const [first, ...others] = found
  if (first === undefined) throw unknown(name, places)
  const twin = others.find(({ passport }) => canonicalJson(passport) !== canonicalJson(first.passport))
  if (twin !== undefined) {
    throw new StreambedError('backbone-name-twice', {
      what: `Two different passports are called ${name}.`,
      where: `${first.path}\n${twin.path}`,
      mend: 'Rename one of them (the "name" in the file), or name the one you mean by its path.',
    })
  }
  return first
}

/**
 * A passport from its file.
 * @throws passport-unreadable naming the field that is wrong
 */
export function readPassport(path: string): PassportFile {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new StreambedError('passport-unreadable', {
      what: `The passport can't be read: ${(cause as Error).message}.`,
      where: path,
      mend: 'Give the path of a *.passport.json; "streambed backbone add FILE" writes one.',
      cause,
    })
  }
  const parsed = passportSchema.safeParse(json)
  if (!parsed.success) {
    const { path: field, message } = parsed.error.issues[0]
    throw new StreambedError('passport-unreadable', {
      what: `The passport is not one that Streambed knows: ${message}.`,
      where: `${path} › ${field.join('.') || 'the whole file'}`,
      mend: 'Mend that field, or have the passport written anew: streambed backbone add FILE.',
    })
  }
  return { passport: parsed.data, path }
}

/** Every passport outside the shelf that the places hold, in the order they are looked into, each file once. */
export function userPassports(places: BackbonePlaces = {}): PassportFile[] {
  return foldersOf(places)
    .filter((folder) => existsSync(folder) && statSync(folder).isDirectory())
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith(ending))
        .sort()
        .map((file) => readPassport(join(folder, file))),
    )
}

function foldersOf({ data, folders = [] }: BackbonePlaces): string[] {
  const inData = data === undefined ? [] : [data, join(data, 'models'), join(data, 'backbones')]
  const all = [...folders, ...inData, 'backbones'].map((folder) => resolve(folder))
  return [...new Set(all)].filter((folder) => folder !== shelfFolder)
}

function unknown(name: string, places: BackbonePlaces): StreambedError {
  const known = [...shelfNames, ...userPassports(places).map(({ passport }) => passport.name)]
  const meant = nearest(name, known)
  return new StreambedError('unknown-backbone', {
    what: `There is no backbone called ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    where: [shelfFolder.replace(packageRoot, 'streambed'), ...foldersOf(places)].join('\n'),
    mend: `Ask for ${either(known)}, or give your .onnx file a passport: streambed backbone add FILE.`,
  })
}
