import { canonicalJson } from '../identity/index.ts'
import type { Machine, Manifest } from '../record/index.ts'

/** `numpy 1993`, `natural`. */
export function orderText({ convention, seed }: Manifest['stream']['order']): string {
  return seed === null ? convention : `${convention} ${seed}`
}

/** `bicubic to 224, antialiased; mean 0.485 0.456 0.406, std 0.229 0.224 0.225`. */
export function preprocessingText(preprocessing: unknown): string {
  if (typeof preprocessing !== 'object' || preprocessing === null) return 'preprocessing not recorded'
  const { resize, crop, colour, divisor, mean, std } = preprocessing as Partial<Record<string, unknown>>
  return [resizeText(resize, crop), colour === 'bgr' ? 'BGR' : '', scaleText(divisor, mean, std)]
    .filter((part) => part !== '')
    .join('; ')
}

function resizeText(resize: unknown, crop: unknown): string {
  const cropped = typeof crop === 'number' ? `, centre crop ${crop}` : ''
  if (typeof resize !== 'object' || resize === null) return `not resized${cropped}`
  const { rule, size, filter, antialias, alignCorners, arithmetic } = resize as Partial<
    Record<string, unknown>
  >
  if (typeof filter !== 'string' || typeof size !== 'number')
    return `resized by ${canonicalJson(resize)}${cropped}`
  const to = rule === 'shorter-side' ? `shorter side to ${size}` : `to ${size}`
  const marks = [
    antialias === true ? 'antialiased' : '',
    alignCorners === true ? 'corners aligned' : '',
    arithmetic === 'uint8' ? 'rounded as PIL' : '',
  ]
  return [`${filter} ${to}`, ...marks.filter((mark) => mark !== '')].join(', ') + cropped
}

function scaleText(divisor: unknown, mean: unknown, std: unknown): string {
  const numbers = (list: unknown) => (Array.isArray(list) ? list.join(' ') : '?')
  const scale = typeof divisor === 'number' && divisor !== 255 ? `divided by ${divisor}, ` : ''
  return mean === undefined ? '' : `${scale}mean ${numbers(mean)}, std ${numbers(std)}`
}

/** `Intel Xeon (2 of 8 cores, linux x64, cpu)`. */
export function machineText(machine: Machine): string {
  const { cpu, cores, threads, platform, provider } = machine
  return `${cpu} (${threads} of ${cores} cores, ${platform}, ${provider})`
}

/** Lower-case words and hyphens, for file names; never empty. */
export function slug(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return words.slice(0, 80) || 'table'
}
