import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packageRoot } from '../../src/files/index.ts'
import { canonicalJson, sha256 } from '../../src/identity/index.ts'
import {
  appendMeasurement,
  type Evaluation,
  type FactEvent,
  ledgerOrder,
  openRecordWriter,
  probabilityCode,
  probabilityOf,
  readManifest,
  readRecord,
  recordState,
} from '../../src/record/index.ts'
import { columnOf, planesOf } from '../../src/record/planes.ts'
import { makeManifest, makeRecord } from '../fixtures/records.ts'
import { scratch } from './scratch.ts'

let folder: string
beforeEach(() => {
  folder = scratch()
})
afterEach(() => rmSync(folder, { recursive: true }))

const factsPath = () => join(folder, 'facts.jsonl.gz')
const made = makeRecord({ tasks: [2, 1, 2], testPerClass: 5, lostPerTask: 0.3 })

function write(record = made, events: readonly FactEvent[] = record.events) {
  const writer = openRecordWriter(folder)
  writer.append(record.manifest)
  for (const event of events) writer.append(event)
  writer.close()
}

test('what is written is read back, and its identity rests on the uncompressed lines', () => {
  write()
  const read = readRecord(folder)
  expect(read.manifest).toEqual(made.manifest)
  expect(read.events).toEqual(made.events)
  expect(read.state).toBe('finished')
  expect(read.remarks).toEqual([])
  expect(read.factsHash).toBe(sha256(gunzipSync(readFileSync(factsPath()))))
  expect(readManifest(folder)?.run).toBe(made.manifest.run)
})

test('equal facts have equal lines, whatever gzip made of them', () => {
  write()
  const before = readRecord(folder)
  writeFileSync(factsPath(), gzipSync(gunzipSync(readFileSync(factsPath())), { level: 1 }))
  expect(readRecord(folder)).toEqual(before)
  const writer = openRecordWriter(folder) // a file compressed anew is taken apart again, to be cut by line
  writer.truncate(3)
  writer.close()
  expect(readRecord(folder).events).toEqual(made.events.slice(0, 2))
})

test('the labels of a test set are stored once', () => {
  write()
  const truths = gunzipSync(readFileSync(factsPath()))
    .toString()
    .split('\n')
    .filter((line) => line.includes('"evaluate"'))
    .map((line) => Object.keys(JSON.parse(line).truth))
  expect(truths).toEqual([['0'], ['1'], ['2']])
})

/** Answers that keep the record's rules: within is the prediction if that is of the task, p(true) = p(predicted) if right. */
const evaluation = fc
  .record({
    truth: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 40 }),
    draws: fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -1, max: 2 }), fc.nat(70), fc.nat(70)),
      {
        minLength: 40,
        maxLength: 40,
      },
    ),
    hasProbabilities: fc.boolean(),
  })
  .map(({ truth, draws, hasProbabilities }): Evaluation => {
    const predicted = truth.map((_, i) => draws[i][0])
    const confidence = truth.map((_, i) => draws[i][2])
    return {
      kind: 'evaluate',
      after: 0,
      tick: 1,
      sets: [{ task: 0, examples: truth.length }],
      truth,
      answers: {
        head: {
          predicted,
          within: predicted.map((label, i) => (label <= 2 ? label : draws[i][1])),
          confidence: hasProbabilities ? confidence : null,
          pTrue: hasProbabilities
            ? truth.map((y, i) => (y === predicted[i] ? confidence[i] : draws[i][3]))
            : null,
        },
      },
    }
  })

test('any answers survive being packed', () => {
  const manifest = makeManifest({ tasks: [3, 2] })
  fc.assert(
    fc.property(evaluation, (event) => {
      const writer = openRecordWriter(folder)
      writer.truncate(0)
      writer.append(manifest)
      writer.append(event)
      writer.append({ ...event, tick: 2 }) // the second time without its labels
      writer.close()
      expect(readRecord(folder).events).toEqual([event, { ...event, tick: 2 }])
    }),
    { numRuns: 40 },
  )
})

test('a column is kept digit by digit, signs included', () => {
  expect(planesOf([17, 2, 99])).toEqual(['109', '729'])
  expect(planesOf([3, -1])).toEqual(['0-', '31'])
  expect(planesOf([])).toEqual([])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 70_000 })), (column) => {
      expect(columnOf(planesOf(column))).toEqual(column)
    }),
  )
})

test('multi-label sets keep every score and all their labels', () => {
  const manifest = makeManifest({ tasks: [2, 1] })
  Object.assign(manifest.stream.tasks[1], { kind: 'multi-label', classes: [0, 1, 2] })
  const event: Evaluation = {
    kind: 'evaluate',
    after: 1,
    tick: 4,
    sets: [
      { task: 0, examples: 1 },
      { task: 1, examples: 2 },
    ],
    truth: [1, -1, -1],
    labels: [[1], [0, 2], []],
    answers: {
      head: {
        predicted: [1, 2, 0],
        within: [1, 2, 0],
        pTrue: null,
        confidence: null,
        scores: [[], [0.5, -1.25, 3], [0.1, 0, -7]],
      },
    },
  }
  write({ ...made, manifest }, [event, { ...event, tick: 5 }])
  expect(readRecord(folder).events).toEqual([event, { ...event, tick: 5 }])
})

test('a file cut at any byte of its last record is readable, and written on it is whole', () => {
  write(made, made.events.slice(0, -1))
  const lines = 1 + made.events.length - 1
  const start = readFileSync(factsPath()).length
  const writer = openRecordWriter(folder)
  writer.append(made.events.at(-1)!)
  writer.close()
  cutFrom(start, lines, made.events.at(-1)!, 1)
})

test('the same of a last record that is an evaluation of several gzip members, at every 61st byte', () => {
  const big = makeRecord({ tasks: [2, 1], testPerClass: 500, lostPerTask: 0.3 })
  const events = big.events.slice(0, 8)
  expect(events.at(-1)?.kind).toBe('evaluate')
  write(big, events.slice(0, -1))
  const start = readFileSync(factsPath()).length
  const writer = openRecordWriter(folder)
  writer.append(events.at(-1)!)
  writer.close()
  expect(
    readFileSync(factsPath()).subarray(start).toString('latin1').split('\x1f\x8b\x08').length,
  ).toBeGreaterThan(4)
  cutFrom(start, events.length, events.at(-1)!, 61)
})

function cutFrom(start: number, lines: number, last: FactEvent, step: number) {
  const whole = readFileSync(factsPath())
  const before = readRecord(folder)
  for (let cut = start; cut < whole.length; cut += step) {
    writeFileSync(factsPath(), whole.subarray(0, cut))
    const torn = readRecord(folder)
    expect(torn.events.length).toBe(lines - 1)
    expect(torn.state).toBe('unfinished')
    expect(torn.remarks?.length).toBe(cut === start ? 0 : 1)
    const writer = openRecordWriter(folder)
    expect([writer.lines, writer.remarks.length]).toEqual([lines, cut === start ? 0 : 1])
    writer.append(last)
    writer.close()
    expect(readFileSync(factsPath()).equals(whole)).toBe(true)
    expect(openAndClose()).toEqual([]) // said once
  }
  expect(readRecord(folder)).toEqual(before)
}

function openAndClose() {
  const writer = openRecordWriter(folder)
  writer.close()
  return writer.remarks
}

test('a tail of zeros, as some file systems leave after a crash, is a torn line', () => {
  write(made, made.events.slice(0, 4))
  const good = readFileSync(factsPath())
  appendFileSync(factsPath(), Buffer.alloc(300))
  expect(readRecord(folder).events.length).toBe(4)
  expect(openAndClose().length).toBe(1)
  expect(readFileSync(factsPath()).equals(good)).toBe(true)
})

test('a byte changed in the middle is refused and never skipped', () => {
  write()
  const bytes = readFileSync(factsPath())
  for (const at of [12, 40, Math.floor(bytes.length / 2)]) {
    const changed = Buffer.from(bytes)
    changed[at] ^= 0x55
    writeFileSync(factsPath(), changed)
    expect(() => readRecord(folder)).toThrow(expect.objectContaining({ code: 'record-damaged' }))
    expect(() => openRecordWriter(folder)).toThrow(expect.objectContaining({ code: 'record-damaged' }))
  }
})

test('going on from a checkpoint drops the later lines, and the history stands there once', () => {
  write()
  const whole = readFileSync(factsPath())
  truncateSync(factsPath(), whole.length - 5) // and the last line is torn
  const writer = openRecordWriter(folder)
  writer.truncate(4)
  expect(writer.lines).toBe(4)
  for (const event of made.events.slice(3)) writer.append(event)
  writer.close()
  expect(readFileSync(factsPath()).equals(whole)).toBe(true)
})

test('a checkpoint of more lines than the record has is another run’s', () => {
  write()
  const writer = openRecordWriter(folder)
  expect(() => writer.truncate(99)).toThrow(
    expect.objectContaining({ code: 'record-shorter-than-checkpoint' }),
  )
  writer.close()
})

test('a finished record takes no more facts, and a record begins with its manifest', () => {
  const writer = openRecordWriter(folder)
  expect(() => writer.append(made.events[0])).toThrow(/manifest/)
  writer.append(made.manifest)
  expect(() => writer.append(made.manifest)).toThrow(/manifest/)
  writer.append(made.events.at(-1)!)
  expect(() => writer.append(made.events[0])).toThrow(/written once/)
  writer.close()
})

test('test labels that change between two evaluations are refused, and nothing is written', () => {
  const evaluations = made.events.filter((event) => event.kind === 'evaluate')
  const writer = openRecordWriter(folder)
  writer.append(made.manifest)
  writer.append(evaluations[0])
  const truth = evaluations[1].truth.map((label, i) => (i === 0 ? 1 : label))
  expect(() => writer.append({ ...evaluations[1], truth })).toThrow(/test labels of task 0/)
  expect(() => writer.append({ ...evaluations[1], truth: [0] })).toThrow(/1 entries for 15 examples/)
  expect(writer.lines).toBe(2)
  writer.append(evaluations[1])
  writer.close()
  expect(readRecord(folder).events).toEqual(evaluations.slice(0, 2))
})

test('a record of a newer version is named as such, and not half understood', () => {
  const line = canonicalJson({ ...made.manifest, version: 2 })
  writeFileSync(factsPath(), gzipSync(`${line}\n`))
  expect(() => readRecord(folder)).toThrow(
    expect.objectContaining({
      code: 'record-version-unknown',
      what: expect.stringContaining('version 2; this Streambed reads 1'),
    }),
  )
})

test('a line that a record can’t hold is named by its number and member', () => {
  const lines = [canonicalJson(made.manifest), canonicalJson({ kind: 'boundary', task: 'one' })]
  writeFileSync(factsPath(), gzipSync(`${lines.join('\n')}\n`))
  expect(() => readRecord(folder)).toThrow(
    expect.objectContaining({
      code: 'record-line-unreadable',
      what: expect.stringMatching(/^Line 2 .*task/),
    }),
  )
})

test('an empty folder has no record', () => {
  expect(recordState(folder)).toBe('absent')
  expect(readManifest(folder)).toBeUndefined()
  expect(() => readRecord(folder)).toThrow(expect.objectContaining({ code: 'record-missing' }))
})

test('a torn measurement is dropped once, and later ones are whole', () => {
  write(made, made.events.slice(0, 3))
  const [start, end] = makeRecord({ failsAfter: 1 }).measurements
  appendMeasurement(folder, start)
  appendMeasurement(folder, end)
  const path = join(folder, 'measurements.jsonl')
  expect(readRecord(folder).state).toBe('failed')
  const bytes = readFileSync(path)
  const first = bytes.indexOf(10) + 1
  for (let cut = first; cut < bytes.length; cut++) {
    writeFileSync(path, bytes.subarray(0, cut))
    const read = readRecord(folder)
    expect(read.measurements).toEqual([start])
    expect(read.remarks?.length).toBe(cut === first ? 0 : 1)
    expect(read.state).toBe('unfinished')
    appendMeasurement(folder, end)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  }
})

test('the state of a record: a later attempt takes back an earlier failure', () => {
  write(made, made.events.slice(0, 3))
  const [start, failed] = makeRecord({ failsAfter: 1 }).measurements
  appendMeasurement(folder, start)
  expect(recordState(folder)).toBe('unfinished')
  appendMeasurement(folder, failed)
  expect(recordState(folder)).toBe('failed')
  appendMeasurement(folder, { ...start, attempt: 2 } as typeof start)
  expect(recordState(folder)).toBe('unfinished')
  const writer = openRecordWriter(folder)
  for (const event of made.events.slice(3)) writer.append(event)
  writer.close()
  expect(recordState(folder)).toBe('finished')
})

test('probabilities survive within 0.036, and near 0 and 1 within a sixth of themselves', () => {
  expect([0, 0.5, 0.9, 1].map(probabilityCode)).toEqual([0, 35, 43, 70])
  fc.assert(
    fc.property(fc.double({ min: 4.2e-5, max: 1 - 4.2e-5, noNaN: true }), (p) => {
      const back = probabilityOf(probabilityCode(p))
      expect(Math.abs(back - p)).toBeLessThanOrEqual(0.036)
      expect(Math.abs(back - p) / Math.min(p, 1 - p)).toBeLessThanOrEqual(0.16)
    }),
  )
  for (let code = 0; code <= 70; code++) expect(probabilityCode(probabilityOf(code))).toBe(code)
  expect(() => probabilityCode(Number.NaN)).toThrow(RangeError)
})

test('the ledger lists a set by class, and a class in canonical order', () => {
  const labels = [2, 0, 1, 0, 2, 1]
  expect([...ledgerOrder(Uint32Array.of(5, 4, 3, 2, 1, 0), labels)]).toEqual([3, 1, 5, 2, 4, 0])
})

const python = '/usr/bin/python3'
test.skipIf(!existsSync(python))(
  'the Python of the README reads the same answers, in ten lines (skips without python3)',
  () => {
    const record = makeRecord({ tasks: [2, 1, 3], testPerClass: 30, lostPerTask: 0.3 })
    write(record)
    const readme = readFileSync(join(packageRoot, 'src/record/README.md'), 'utf8')
    const [ten, others] = [...readme.matchAll(/```python\n([^`]*)```/g)].map((match) => match[1])
    expect(ten.trimEnd().split('\n').length).toBe(10)
    const print = '        print(json.dumps([name, labels, predicted, in_task, p_true, confidence]))\n'
    const output = execFileSync(python, ['-c', ten + others + print], { cwd: folder, encoding: 'utf8' })
    const read = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const written = record.events
      .filter((event) => event.kind === 'evaluate')
      .map(({ truth, answers: { head } }) => [
        'head',
        truth,
        head.predicted,
        head.within,
        head.pTrue,
        head.confidence,
      ])
    expect(read).toEqual(written)
  },
)
