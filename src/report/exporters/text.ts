import stringWidth from 'string-width'

/** One line without control characters: breaks become spaces, anything that could steer a terminal becomes �. */
export function oneLine(text: string): string {
  return text
    .replace(/[\t\r\n\v\f\u0085\u2028\u2029]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '�')
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** At most `width` columns of a terminal; what is cut ends in …, and no character is cut in two. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  return `${pieces(text, width - 1)[0]}…`
}

/** The text in parts of at most `width` columns (a Chinese character or an emoji takes two). */
export function pieces(text: string, width: number): string[] {
  const parts = ['']
  for (const { segment } of graphemes.segment(text)) {
    if (parts.at(-1) !== '' && stringWidth(parts.at(-1)! + segment) > width) parts.push('')
    parts[parts.length - 1] += segment
  }
  return parts
}

/** Words in lines of at most `width` columns, later ones after `indent`. A word longer than a line is broken. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/ +/).flatMap((long) => pieces(long, width - indent.length))) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`
    if (stringWidth(longer) > width && line.trim() !== '') {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line]
}

/** A column's head in one line, or in two, broken at the space nearest the middle: ten columns must fit a page. */
export function headLines(title: string): readonly [string] | readonly [string, string] {
  const text = oneLine(title)
  const spaces = [...text.matchAll(/ (?![↑↓])/g)].map((match) => match.index)
  if (text.length < 8 || spaces.length === 0) return [text]
  const off = (at: number) => Math.abs(at - text.length / 2)
  const middle = spaces.reduce((best, at) => (off(at) < off(best) ? at : best))
  return [text.slice(0, middle), text.slice(middle + 1)]
}
