import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manifestRows } from '../../src/datasets/formats/manifest-rows.ts'
import { manifestText } from '../../src/datasets/formats/manifest-text.ts'
import { StreambedError } from '../../src/error.ts'

const home = mkdtempSync(join(tmpdir(), 'manifest-rows-'))
const file = join(home, 'list.csv')
afterAll(() => rmSync(home, { recursive: true, force: true }))

const read = (bytes: string | Uint8Array) => {
  writeFileSync(file, bytes)
  return manifestRows(manifestText(file), file)
}

function refusal(bytes: string | Uint8Array): StreambedError {
  try {
    read(bytes)
  } catch (error) {
    if (error instanceof StreambedError) return error
    throw error
  }
  throw new Error('it was read')
}

const text = 'path,label,split\nimg/é.png,héron,train\nimg/鷺.png,héron,test\n'
const rows = [
  { line: 2, path: 'img/é.png', label: 'héron', split: 'train' },
  { line: 3, path: 'img/鷺.png', label: 'héron', split: 'test' },
]

describe('encodings (F3)', () => {
  test.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte-order mark', Buffer.from(`\ufeff${text}`)],
    ['with CRLF', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['with a mark and CRLF, as Excel writes it', Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`)],
    ['with CR, as old Macs wrote it', Buffer.from(text.replaceAll('\n', '\r'))],
    ['with one line end of each kind', Buffer.from(text.replace('\n', '\r\n').replace(/\n$/, '\r'))],
    ['without a last line end', Buffer.from(text.trimEnd())],
    ['UTF-16, low byte first', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, high byte first', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('%s: read alike', (_, bytes) => {
    expect(read(bytes)).toEqual({ rows, others: [], separator: ',' })
  })

  test('Latin-1 is refused with line and byte', () => {
    const latin = Buffer.from('path,label,split\r\nimg/a.png,b,train\r\nimg/é.png,b,train\r\n', 'latin1')
    expect(refusal(latin)).toMatchObject({
      code: 'manifest-encoding',
      what: 'The manifest is not UTF-8: byte 5 of line 3 is E9, as in a file saved as Latin-1 or Windows-1252.',
      where: `${file}:3`,
    })
  })

  test.each<[string, Uint8Array, string]>([
    [
      'after good characters',
      Buffer.concat([Buffer.from('path,鷺é'), Buffer.from([255])]),
      'byte 11 of line 1 is FF',
    ],
    ['a sequence cut off at the end', Buffer.from('a\n鷺').subarray(0, 4), 'byte 1 of line 2 is E9'],
    ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 'byte 2 of line 1 is ED'],
    ['a longer spelling of /', Buffer.from([0x61, 0x62, 0xc0, 0xaf]), 'byte 3 of line 1 is C0'],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'zero bytes'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x70, 0, 0, 0]), 'zero bytes'],
    ['UTF-16 cut off', Buffer.from('\ufeffpath', 'utf16le').subarray(0, 9), 'cut off within a character'],
    ['half a pair', Buffer.from('\ufeffpath\n\ud83dx', 'utf16le'), 'line 2 holds half a character'],
    ['a workbook', Buffer.from('PK\x03\x04…'), 'workbook'],
  ])('%s: refused in words', (_, bytes, said) => {
    const error = refusal(bytes)
    expect(error.code).toBe('manifest-encoding')
    expect(error.what).toContain(said)
  })
})

describe('the header', () => {
  test('may have its columns in any order, and others, which are told', () => {
    const { rows, others } = read('author,split,path,width,label\nme,test,a.png,7,b\n')
    expect(rows).toEqual([{ line: 2, path: 'a.png', label: 'b', split: 'test' }])
    expect(others).toEqual(['author', 'width'])
  })

  test.each([
    [
      'path,lable,split',
      'no column label; it has “path”, “lable”, “split”.',
      'Did you mean label where “lable”',
    ],
    ['Path,label,split', 'no column path;', 'Did you mean path where “Path”'],
    ['file,class,fold', 'no column path and no column label and no column split;', 'Write path,label,split'],
    ['img/a.png,b,train', 'it has “img/a.png”, “b”, “train”.', 'Write path,label,split as the first line'],
    ['path,label,split,label', 'the column label twice', 'another name'],
  ])('%s: refused', (header, what, mend) => {
    const error = refusal(`${header}\nimg/a.png,b,train,c\n`)
    expect([error.code, error.where]).toEqual(['manifest-header', `${file}:1`])
    expect(error.what).toContain(what)
    expect(error.mend).toContain(mend)
  })

  test('semicolons and tabs part columns where the header has them', () => {
    expect(read('path;label;split\na,b.png;"c;d";train\n')).toEqual({
      rows: [{ line: 2, path: 'a,b.png', label: 'c;d', split: 'train' }],
      others: [],
      separator: ';',
    })
    expect(read(Buffer.from('\ufeff"path"\tlabel\tsplit\r\na\tb\ttest\r\n', 'utf16le')).separator).toBe('\t')
  })
})

describe('rows', () => {
  const head = 'path,label,split\n'

  test('quotes hold separators, and lines are counted over what they hold', () => {
    const { rows } = read(
      'path,note,label,split\n\n"a, ""b"".png" ,"two\r\nlines",  c , train\n  \nd,e,f,test',
    )
    expect(rows).toEqual([
      { line: 3, path: 'a, "b".png', label: 'c', split: 'train' },
      { line: 6, path: 'd', label: 'f', split: 'test' },
    ])
  })

  test.each([
    [
      'a.png,b,val',
      'manifest-split-word',
      'Line 3 has the split “val”; taken are train and test.',
      'test where',
    ],
    ['a.png,b,trian', 'manifest-split-word', '“trian”', 'Did you mean train?'],
    ['a.png,b,Train', 'manifest-split-word', '“Train”', 'Did you mean train?'],
    ['a.png,b,', 'manifest-split-word', 'Line 3 has no split', 'Write train'],
    ['a.png,,train', 'manifest-row', 'Line 3 has no label.', 'Write the label, or remove the row.'],
    ['a.png," ",train', 'manifest-row', 'Line 3 has no label.', 'Write the label'],
    [',b,train', 'manifest-row', 'Line 3 has no path.', 'Write the path'],
    [',,', 'manifest-row', 'Line 3 has no path.', 'remove the row'],
    ['a.png,b', 'manifest-row', 'Line 3 has 2 cells, another number than the header.', 'quotes'],
    ['a.png,b,c,train', 'manifest-row', 'Line 3 has 4 cells', 'quotes'],
    ['a.png,"b\nc",train', 'manifest-row', 'label on line 3 holds a line break', 'without it'],
    ['a\u001b[31m.png,b,train', 'manifest-row', 'path on line 3 holds', 'without it'],
    ['a.png,b"c",train', 'manifest-quote', 'Line 3 has a quote in the middle', 'double'],
    ['a.png,"b"c,train', 'manifest-quote', 'Line 3 has a quote in the middle', 'double'],
    ['a.png,"b,train', 'manifest-quote', 'A quote that opens after line 2 is not closed.', 'double'],
    [`a.png,"b,train${'\na.png,b,train'.repeat(6000)}`, 'manifest-quote', 'after line 2 is longer', 'double'],
  ])('a bad row (%#) is refused by its line', (row, code, what, mend) => {
    const error = refusal(`${head}x.png,b,train\n${row}\ny.png,b,test\n`)
    expect([error.code, error.where]).toEqual([code, `${file}:3`])
    expect(error.what).toContain(what)
    expect(error.mend).toContain(mend)
  })

  test.each([
    ['no bytes', '', 'The manifest is empty.'],
    ['a byte-order mark', '\ufeff', 'The manifest is empty.'],
    ['empty lines', '\n \r\n', 'The manifest is empty.'],
    ['a header', head, 'The manifest has a header and no rows.'],
  ])('%s alone: refused as empty', (_, bytes, what) => {
    expect(refusal(bytes)).toMatchObject({ code: 'manifest-empty', what })
  })

  test('300,000 rows take seconds, and about a hundred bytes each when read', () => {
    const many = Array.from(
      { length: 300_000 },
      (_, i) => `train/class ${i % 100}/${i}.png,${i % 100},train,x\n`,
    )
    writeFileSync(file, `path,label,split,note\n${many.join('')}`)
    many.length = 0
    const before = process.memoryUsage().rss
    const start = performance.now()
    const { rows } = manifestRows(manifestText(file), file)
    expect([rows.length, rows.at(-1)?.line, rows.at(-1)?.label]).toEqual([300_000, 300_001, '99'])
    expect(performance.now() - start).toBeLessThan(20_000) // measured: 1.5 s on an idle core
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6)
  })
})
