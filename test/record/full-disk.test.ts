import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../../src/files/index.ts'
import { openRecordWriter, readRecord } from '../../src/record/index.ts'
import { makeRecord } from '../fixtures/records.ts'
import { scratch } from './scratch.ts'

test.skipIf(process.platform === 'win32')(
  'a disk that takes no more leaves whole lines, is named, and the run goes on once there is room (skips on Windows)',
  () => {
    const folder = scratch()
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // A limit on the size of files refuses a write after taking a part of it, as a full disk does.
    const output = execFileSync(
      'sh',
      ['-c', 'ulimit -f 8 && exec node --import tsx test/fixtures/fill-a-disk.ts "$0"', folder],
      { cwd: packageRoot, encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
    )
    const { code, written, read, remarks } = JSON.parse(output)
    expect(code).toBe('record-not-written')
    expect(written).toBeGreaterThan(0)
    expect(read).toBe(written)
    expect(remarks).toEqual([])
    const record = makeRecord({ testPerClass: 200, lostPerTask: 0.3 })
    const writer = openRecordWriter(folder)
    for (const event of record.events.slice(read)) writer.append(event)
    writer.close()
    expect(readRecord(join(folder)).events).toEqual(record.events)
  },
)
