import type { Batch, Learner, StagePlace } from 'streambed'

/** The same stages, with something done around each step on images. */
export function aroundStep(
  learner: Learner,
  around: (batch: Batch, place: StagePlace, step: () => unknown) => unknown,
): Pick<Learner, 'stages'> {
  return {
    stages: (task) =>
      learner.stages(task).map((stage) =>
        'steps' in stage
          ? stage
          : {
              ...stage,
              step: async (batch, place) =>
                (await around(batch, place, () => stage.step(batch, place))) as { loss?: number } | undefined,
            },
      ),
  }
}
