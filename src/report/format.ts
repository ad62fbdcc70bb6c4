/** Numbers as people read them. `–` is what does not exist. */
export const none = '–'

/** 0.6906 → `69.06`. A true minus sign; never −0.00. */
export function percent(share: number, decimals: number): string {
  return fixed(100 * share, decimals)
}

export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

const operationUnits = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP']
const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB']

/** 1.31e12 → `1.31 TFLOP`. */
export const operations = (count: number): string => scaled(count, operationUnits)
/** 5526346 → `5.53 M`: how many, of parameters for one. */
export const numbers = (count: number): string => scaled(count, ['', 'K', 'M', 'G']).trim()
/** 512000 → `512 KB`; a KB is 1000 bytes. */
export const bytes = (count: number): string => scaled(count, byteUnits)

function scaled(value: number, units: readonly string[]): string {
  if (value === 0) return '0'
  let step = 0
  let rest = value
  // 999.5 would print as 1000 and not as 1.00 of the next unit.
  while (Math.abs(rest) >= 999.5 && step < units.length - 1) {
    rest /= 1000
    step++
  }
  const digits =
    Math.abs(rest) >= 99.95 || (step === 0 && Number.isInteger(rest)) ? 0 : Math.abs(rest) >= 9.995 ? 1 : 2
  return `${rest.toFixed(digits)} ${units[step]}`
}

/** 4.2 → `4.2 s`, 200 → `3 min 20 s`, 7500 → `2 h 05 min`. */
export function seconds(value: number): string {
  if (value < 59.95) return value < 0.0995 ? `${(1000 * value).toFixed(0)} ms` : `${value.toFixed(1)} s`
  const whole = Math.round(value)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  const minutes = Math.round(value / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length <= 1 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** `1 run`, `3 runs`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
