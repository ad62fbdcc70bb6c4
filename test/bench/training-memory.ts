import { cases, oursOf } from './training-cases.ts'

/** Does steps of one case in a process of its own and prints its peak of resident memory, in bytes, and their times. */
const [name, file, threads, steps] = process.argv.slice(2)
const case_ = cases.find((one) => one.name === name)
if (case_ === undefined) throw new RangeError(`no case is called ${name}`)
const ours = await oursOf(file, case_, Number(threads))
const seconds: number[] = []
for (let step = 0; step < Number(steps); step++) {
  const start = performance.now()
  await ours.once()
  seconds.push((performance.now() - start) / 1000)
}
console.log(JSON.stringify({ bytes: process.resourceUsage().maxRSS * 1024, trained: ours.trained, seconds }))
