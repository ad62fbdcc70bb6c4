import { describe, expect, test } from 'vitest'
import { type Report, report } from '../../src/report/index.ts'
import type { Cell, Table } from '../../src/report/table.ts'
import { makeRecord } from '../fixtures/records.ts'
import { floor, makeRun, metrics, replays, study, studyReport, suite, trained } from './study.ts'

const cell = (table: Table, method: string, key: string): Cell => {
  const at = (name: string) => table.columns.findIndex((column) => column.key === name)
  const row = table.rows.find(({ cells }) => cells[at('method')].text === method)
  if (row === undefined) throw new Error(`no row ${method}`)
  return row.cells[at(key)]
}
const labels = (table: Table) => table.rows.map(({ cells }) => cells[4].text)
const notes = (made: Report) => made.tables.flatMap((table) => table.notes).join('\n')
const draw = (records: Parameters<typeof report>[0], more = {}) =>
  report(records, { metrics, suite, ...more })
const last = 'accuracy.last@task'

describe('a table', () => {
  const made = studyReport()
  const [table] = made.tables

  test('has floors first, the ceiling last, one row a method', () => {
    expect(made.tables.length).toBe(1)
    expect(labels(table)).toEqual(['chance', 'nmc', 'nmc.cosine', 'naive.head', 'er.head', 'joint.head'])
    expect(table.rows.map((row) => row.role)).toEqual([
      'floor',
      'method',
      'method',
      'method',
      'method',
      'ceiling',
    ])
  })
  test('prints mean ± sample deviation in percent', () => {
    expect(cell(table, 'nmc.cosine', last).text).toMatch(/^\d\d\.\d\d ± \d\.\d\d$/)
    const values = made.rows.find((row) => row.method === 'nmc.cosine')!.metrics[last]
    expect(cell(table, 'nmc.cosine', last).value).toBe(values.mean)
  })
  test('says that an order-invariant result is one', () => {
    expect(cell(table, 'nmc', last).text).toMatch(/^\d\d\.\d\d \(same in all 6\)$/)
  })
  test('never averages a failed run as a number', () => {
    expect(cell(table, 'er.head', 'n')).toEqual({ text: '5, failed 1 of 6', value: 5 })
    expect(cell(table, 'er.head', last).text).toMatch(/ ‡$/)
    const without = draw(study().filter((record) => record.state === 'finished'))
    expect(cell(without.tables[0], 'er.head', last).value).toBe(cell(table, 'er.head', last).value)
    expect(notes(made)).toContain(
      'Failed: er.head, order numpy 1993, seed 2: the loss became NaN at task 3, batch 41',
    )
  })
  test('prints – for what does not exist', () => {
    expect(cell(table, 'joint.head', 'forgetting@chaudhry18')).toMatchObject({ text: '–', value: null })
    expect(
      made.rows.find((row) => row.method === 'joint.head')!.metrics['forgetting@chaudhry18'].mean,
    ).toBeNull()
  })
  test('lets no floor, ceiling or failing row be best', () => {
    for (const method of ['chance', 'joint.head', 'er.head']) {
      for (const id of metrics) expect(cell(table, method, id).mark).toBeUndefined()
    }
    expect(table.rows.flatMap((row) => row.cells).filter((one) => one.mark === 'best').length).toBe(
      metrics.length,
    )
  })
  test('compares over pairs and says the p of six', () => {
    expect(notes(made)).toMatch(/95 % interval .* over 6 pairs; sign-flip p = /)
  })
  test('names metric ids, suite, backbone, orders, seeds, versions and machine below', () => {
    for (const text of [
      'Last accuracy ↑: accuracy.last@task',
      'Suite made-up, id 0123456789abcdef',
      'class order numpy 1993',
      'Backbone tiny-net, sha256 ',
      'bilinear to 32; mean 0.5 0.5 0.5',
      'Root seeds 0, 1, 2, 3, 4 and 5.',
      'onnxruntime 1.30.0',
      'Made-Up CPU at 2 GHz',
      'counted, one multiply-add being 2',
      'Floor, learning nothing of the pictures: chance.',
      'seeing all tasks at once: joint.head.',
    ]) {
      expect(notes(made)).toContain(text)
    }
  })
  test('flags rows below the cheapest that trains nothing', () => {
    expect(notes(made)).toMatch(/Below nmc \(\d\d\.\d\d %\), .*naive\.head \(\d+\.\d\d %\)/)
  })
  test('does not depend on the order in which records were read, but for the order of its rows', () => {
    const turned = draw(study().reverse())
    for (const row of made.rows) {
      const twin = turned.rows.find((other) => other.method === row.method)!
      expect(twin.n).toBe(row.n)
      expect(twin.metrics[last].mean).toBeCloseTo(row.metrics[last].mean!, 12)
    }
  })
})

describe('one run a row', () => {
  const made = draw([makeRun({ method: 'a' }), makeRun({ method: 'b', learned: 0.5 })])
  test('has no ±', () => expect(cell(made.tables[0], 'a', last).text).toMatch(/^\d\d\.\d\d$/))
  test('makes no claim', () => {
    expect(cell(made.tables[0], 'a', last).mark).toBe('best')
    expect(notes(made)).toContain('only the highest of one run each, no claim')
  })
  test('has no interval in JSON', () => {
    expect(made.rows[0].metrics[last]).toMatchObject({ sd: null, low: null, high: null })
  })
})

describe('ties', () => {
  test('are rows whose paired interval against the best covers 0', () => {
    const seeds = [0, 1, 2, 3]
    const made = draw([
      ...seeds.map((seed) => makeRun({ method: 'a', seed })),
      ...seeds.map((seed) => makeRun({ method: 'b', seed })),
      ...seeds.map((seed) => makeRun({ method: 'far', seed, learned: 0.3 })),
    ])
    const marks = ['a', 'b', 'far'].map((method) => cell(made.tables[0], method, last).mark)
    expect(marks.slice(0, 2).sort()).toEqual(['best', 'tied'])
    expect(marks[2]).toBeUndefined()
  })
  test('pair a method that no seed changes with every seed of the same order', () => {
    const seeds = [0, 1, 2, 3, 4, 5]
    const made = draw([
      makeRun({ method: 'fixed', seeded: false }),
      ...seeds.map((seed) => makeRun({ method: 'drawn', seed, learned: 0.3 })),
    ])
    expect(notes(made)).toContain('over 6 pairs')
  })
})

describe('nothing is averaged silently', () => {
  const changed = (change: (manifest: ReturnType<typeof makeRun>['manifest']) => object) => {
    const other = makeRun({ seed: 1 })
    return draw([
      makeRun({ seed: 0 }),
      { ...other, manifest: { ...other.manifest, ...change(other.manifest) } },
    ])
  }
  test.each([
    ['protocols', () => ({ protocol: 2 }), 'protocol 2'],
    ['devices', () => ({ device: 'webgpu' }), 'device webgpu'],
    ['library versions', () => ({ versions: { streambed: '0.2.0' } }), 'streambed 0.2.0'],
    [
      'method sources',
      (m: { method: object }) => ({ method: { ...m.method, id: 'feedfacefeedface' } }),
      'source feedface',
    ],
    ['options', (m: { method: object }) => ({ method: { ...m.method, options: { rate: 0.1 } } }), 'rate 0.1'],
    [
      'data remarks',
      (m: { stream: object }) => ({ stream: { ...m.stream, notes: ['not the published checksum'] } }),
      'data not the published checksum',
    ],
  ])('two %s are two rows, told apart by label', (_, change, word) => {
    const made = changed(change as never)
    expect(made.rows.map((row) => row.n)).toEqual([1, 1])
    expect(made.rows[1].method).toContain(word)
  })
  test('two conventions of class order are two tables', () => {
    const made = draw([makeRun(), makeRun({ order: { convention: 'natural', seed: null } })])
    expect(made.tables.length).toBe(2)
    expect(made.rows.map((row) => row.stream)).toEqual([
      'split-made-up/b0 · numpy order',
      'split-made-up/b0 · natural order',
    ])
    expect(new Set(made.tables.map((table) => table.name)).size).toBe(2)
  })
  test('two orders of one convention are one row', () => {
    const made = draw([1993, 1994].map((seed) => makeRun({ order: { convention: 'numpy', seed } })))
    expect(made.rows.map((row) => row.n)).toEqual([2])
    expect(notes(made)).toMatch(/class order numpy 1993 \(id \w+\) and numpy 1994/)
  })
  test('two backbones are two tables', () => {
    expect(draw([makeRun(), makeRun({ backbone: 'other' })]).tables.map((table) => table.name)).toEqual([
      'split-made-up-b0-tiny-net',
      'split-made-up-b0-other',
    ])
  })
  test('a record read twice counts once', () => expect(draw([makeRun(), makeRun()]).rows[0].n).toBe(1))
  test('two records of one run that disagree are refused', () => {
    expect(() => draw([makeRun(), { ...makeRun(), factsHash: 'other' }])).toThrow(
      expect.objectContaining({ code: 'runs-disagree' }),
    )
  })
})

describe('a row that needs no backbone', () => {
  test('stands in each table of its stream', () => {
    const chance = makeRun({ method: 'chance', needs: floor, learned: 0 })
    const made = draw([
      { ...chance, manifest: { ...chance.manifest, backbone: null } },
      makeRun(),
      makeRun({ backbone: 'other' }),
    ])
    expect(made.tables.map(labels)).toEqual([
      ['chance', 'nmc'],
      ['chance', 'nmc'],
    ])
    expect(made.rows.map((row) => row.backbone)).toEqual([null, 'tiny-net', 'other'])
  })
})

test('a second classifier is a second row', () => {
  const record = makeRun({ method: 'icarl' })
  const { manifest } = record
  const events = record.events.map((event) =>
    event.kind === 'evaluate'
      ? { ...event, answers: { cnn: event.answers.head, head: event.answers.head } }
      : event,
  )
  const classifiers = { cnn: 'logits', head: 'scores' } as const
  const made = draw([
    { ...record, events, manifest: { ...manifest, method: { ...manifest.method, classifiers } } },
  ])
  expect(labels(made.tables[0])).toEqual(['icarl', 'icarl · cnn'])
})

describe('what the suite asked for', () => {
  const present = makeRun({ method: 'er.head', needs: replays })
  const { stream, backbone } = present.manifest
  const ask = (run: string, name: string, label: string) => ({
    run,
    stream,
    backbone,
    method: { name, label },
  })
  const made = draw([present], {
    expected: [
      ask('absent', 'slda', 'slda'),
      ask(present.manifest.run, 'er.head', 'er.head, large'),
      ask('absent too', 'er.head', 'er.head, large'),
    ],
    excluded: [
      { method: 'joint.head', reason: 'too slow here' },
      { method: 'gone', stream: 'another-stream', reason: 'not here' },
    ],
  })
  test('gives rows their labels and order', () =>
    expect(labels(made.tables[0])).toEqual(['slda', 'er.head, large']))
  test('shows what is missing as –, never as 0', () => {
    expect(cell(made.tables[0], 'slda', 'n').text).toBe('missing 1 of 1')
    expect(cell(made.tables[0], 'slda', last)).toMatchObject({ text: '–', value: null })
    expect(cell(made.tables[0], 'er.head, large', 'n').text).toBe('1, missing 1 of 2')
    expect(notes(made)).toContain('Not run: slda (1 run) and er.head, large (1 run).')
    expect(made.rows[0]).toMatchObject({ n: 0, failed: 0, compute: { flopsTrain: null } })
  })
  test('names what was left out, and why', () => {
    expect(notes(made)).toContain('Left out: joint.head: too slow here')
    expect(notes(made)).not.toContain('not here')
  })
})

test('an unfinished run is not a number either', () => {
  const made = draw([makeRun(), makeRun({ seed: 1, stopsAfter: 2 })])
  expect(cell(made.tables[0], 'nmc', 'n').text).toBe('1, unfinished 1 of 2')
})

test('all runs failed: no number at all', () => {
  const made = draw([0, 1, 2].map((seed) => makeRun({ seed, failsAfter: 1 })))
  expect(cell(made.tables[0], 'nmc', 'n').text).toBe('failed 3 of 3')
  expect(cell(made.tables[0], 'nmc', last).text).toBe('–')
  expect(made.figures[0].lines).toEqual([])
})

test('forgetting everything without kept examples is called the known outcome', () => {
  const forgets = draw([forgetful(), makeRun()])
  expect(notes(forgets)).toContain('At or below chance on all earlier tasks together at the end: ewc.')
  expect(notes(studyReport())).not.toContain('together at the end')
})

function forgetful() {
  const record = makeRun({ method: 'ewc', needs: trained })
  const events = record.events.map((event) => {
    if (event.kind !== 'evaluate') return event
    const newest = record.manifest.stream.tasks[event.after].classes[0]
    const predicted = event.truth.map(() => newest)
    return { ...event, answers: { head: { ...event.answers.head, predicted } } }
  })
  return { ...record, events }
}

test('two definitions of one quantity have heads of their own', () => {
  const made = report([makeRecord()], { metrics: ['accuracy.last@task', 'accuracy.last@sample'], suite })
  const heads = made.tables[0].columns
    .filter((column) => column.metric?.startsWith('accuracy'))
    .map((c) => c.title)
  expect(heads).toEqual(['Last accuracy, mean over tasks ↑', 'Last accuracy, over samples ↑'])
})

test('an unknown metric is refused with the nearest id', () => {
  expect(() => report([], { metrics: ['accuracy.last@tsk'], suite })).toThrow(
    expect.objectContaining({ code: 'unknown-metric', mend: expect.stringContaining('accuracy.last@task') }),
  )
})

test('spreads of a point or more are printed with one decimal, smaller ones with two', () => {
  const wide = report(
    [0, 1, 2].map((seed) => makeRun({ seed, testPerClass: 5, lostPerTask: 0.2 })),
    {
      metrics: [last],
      suite,
    },
  )
  expect(wide.rows[0].metrics[last].sd).toBeGreaterThan(0.01)
  expect(cell(wide.tables[0], 'nmc', last).text).toMatch(/^\d\d\.\d ± \d+\.\d$/)
})

test('a run that was killed and resumed costs both attempts', () => {
  const record = makeRun()
  const spent = { secondsWall: 5, secondsCpu: 9, peakRssBytes: 4e8 }
  const killed = [
    { kind: 'task', attempt: 0, task: 0, ...spent, secondsCpu: 4 },
    { kind: 'task', attempt: 0, task: 1, ...spent },
  ] as const
  const made = draw([{ ...record, measurements: [...killed, ...record.measurements] }])
  expect(made.rows[0].compute).toMatchObject({ secondsWall: 5 + 12, secondsCpu: 9 + 24, peakRssBytes: 4e8 })
})
