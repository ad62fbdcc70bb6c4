import { defineCheck } from '../check.ts'

/** A suite may set declared options and no others: one that is read under another name is always its default. */
export const optionsDeclared = defineCheck({
  name: 'options-declared',
  promise: 'reads no option that it does not declare',
  eye: ({ method }) => ({
    option(name) {
      if (Object.hasOwn(method.options, name) || name in Object.prototype) return undefined
      const known = Object.keys(method.options).join(', ') || 'none'
      return `it reads options.${name}, which is not among its options (${known})`
    },
  }),
})
