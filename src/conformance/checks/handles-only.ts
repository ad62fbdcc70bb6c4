import { defineCheck } from '../check.ts'

/** Labels of test images can't be had; a method that looks for them, or for the place of an image, is told on. */
export const handlesOnly = defineCheck({
  name: 'handles-only',
  promise:
    'looks at nothing of its images but what the backbone makes of them: not for labels, nor for their place',
  eye: () => ({
    handle: (property) => `it looked for “${property}” of a handle of images`,
  }),
})
