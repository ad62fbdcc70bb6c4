import type { JitterStep } from './draw-view.ts'

/**
 * Changes the colours of planar pixels in place, as torchvision's ColorJitter does on a PIL picture.
 *
 * Brightness blends with black, contrast with the mean grey, saturation with the grey of each pixel: in float32,
 * cut down to whole numbers. The hue turns in PIL's HSV of three bytes.
 *
 * @param pixels [3, height, width] uint8
 * @source torchvision 0.14, functional_pil.py; Pillow, ImageEnhance.py, Blend.c and Convert.c.
 */
export function jittered(pixels: Uint8Array, { of, by }: JitterStep): void {
  if (of === 'brightness') mapped(pixels, blendTable(0, by))
  else if (of === 'contrast') mapped(pixels, blendTable(meanGrey(pixels), by))
  else if (of === 'saturation') saturated(pixels, by)
  else hueTurned(pixels, by)
}

function mapped(pixels: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]]
}

function blendTable(from: number, factor: number): Uint8Array {
  const alpha = Math.fround(factor)
  return Uint8Array.from({ length: 256 }, (_, value) => blended(from, value, alpha))
}

/** PIL's blend of two bytes: inside 0 … 1 it can't leave them, outside it is clipped. */
function blended(from: number, to: number, alpha: number): number {
  const value = Math.fround(from + Math.fround(alpha * (to - from)))
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value)
}

/** PIL's luma of three bytes, ITU-R 601-2 in whole numbers. */
function grey(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
}

function meanGrey(pixels: Uint8Array): number {
  const count = pixels.length / 3
  let sum = 0
  for (let i = 0; i < count; i++) sum += grey(pixels[i], pixels[count + i], pixels[2 * count + i])
  return Math.floor(sum / count + 0.5)
}

function saturated(pixels: Uint8Array, factor: number): void {
  const count = pixels.length / 3
  const alpha = Math.fround(factor)
  for (let i = 0; i < count; i++) {
    const from = grey(pixels[i], pixels[count + i], pixels[2 * count + i])
    for (let at = i; at < pixels.length; at += count) pixels[at] = blended(from, pixels[at], alpha)
  }
}

function hueTurned(pixels: Uint8Array, turns: number): void {
  const count = pixels.length / 3
  const shift = Math.trunc(turns * 255)
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = [pixels[i], pixels[count + i], pixels[2 * count + i]]
    const value = Math.max(red, green, blue)
    const spread = value - Math.min(red, green, blue)
    const saturation = spread === 0 ? 0 : Math.trunc(Math.fround(spread / value) * 255)
    const hue = ((spread === 0 ? 0 : hueOf(red, green, blue, value, spread)) + shift) & 255
    if (saturation === 0) {
      pixels[i] = pixels[count + i] = pixels[2 * count + i] = value
      continue
    }
    const sixth = Math.floor((hue * 6) / 255)
    const part = Math.fround((hue * 6) / 255 - sixth)
    const share = Math.fround(saturation / 255)
    const low = Math.round(value * (1 - share))
    const falling = Math.round(value * (1 - share * part))
    const rising = Math.round(value * (1 - share * (1 - part)))
    const sextant = sixth % 6
    pixels[i] = [value, falling, low, low, rising, value][sextant]
    pixels[count + i] = [rising, value, value, falling, low, low][sextant]
    pixels[2 * count + i] = [low, low, rising, value, value, falling][sextant]
  }
}

/** 0 … 255 of a turn, in the float32 steps that PIL takes. */
function hueOf(red: number, green: number, blue: number, value: number, spread: number): number {
  const [r, g, b] = [red, green, blue].map((channel) => Math.fround((value - channel) / spread))
  const sixths = Math.fround(red === value ? b - g : green === value ? 2 + r - b : 4 + g - r)
  return Math.trunc(Math.fround((sixths / 6 + 1) % 1) * 255)
}
