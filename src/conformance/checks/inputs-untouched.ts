import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'

/** Labels, lists of classes, the task and the options are lent. Rows and embeddings are the method's own. */
export const inputsUntouched = defineCheck({
  name: 'inputs-untouched',
  promise: 'writes to nothing that it is lent',
  eye: () => ({
    lent(name, before, now) {
      const found = difference(before, now)
      return found && `${name} came back changed (${found})`
    },
  }),
})
