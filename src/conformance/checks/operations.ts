import { defineCheck } from '../check.ts'

/** Networks and parts of Streambed count by themselves; a method's own arithmetic has `count`. */
export const operations = defineCheck({
  name: 'operations',
  promise: 'counts the operations that it does: whole numbers, the same in every run, and more than none',
  silent: ({ method }) =>
    method.operations === 'unknown' ? 'it computes elsewhere, and declares no operations' : undefined,
  async of(subject) {
    const [{ operations: once }, { operations: twice }] = [await subject.base(), await subject.again()]
    for (const of of ['learning', 'predicting'] as const) {
      if (!Number.isSafeInteger(once[of])) return `${once[of]} operations of ${of}`
      if (once[of] !== twice[of]) return `${once[of]} operations of ${of}, then ${twice[of]} of the same`
    }
    if (subject.method.role === 'floor') return undefined
    return once.learning + once.predicting === 0 ? 'no operation is counted' : undefined
  },
})
