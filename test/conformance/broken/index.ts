import { breaksInTheSecondTask } from './breaks-in-the-second-task.ts'
import type { Broken } from './broken.ts'
import { bufferOneOver } from './buffer-one-over.ts'
import { chanceOfItsOwn } from './chance-of-its-own.ts'
import { countsHalves } from './counts-halves.ts'
import { drawsTooNarrowly } from './draws-too-narrowly.ts'
import { favoursTheNewest } from './favours-the-newest.ts'
import { fisherTwiceAsLarge } from './fisher-twice-as-large.ts'
import { infiniteScore } from './infinite-score.ts'
import { learnsWhileAsked } from './learns-while-asked.ts'
import { misspeltOption } from './misspelt-option.ts'
import { needsOneOfEachClass } from './needs-one-of-each-class.ts'
import { noSeedAtAll } from './no-seed-at-all.ts'
import { notANumber } from './not-a-number.ts'
import { nothingToSayAtFirst } from './nothing-to-say-at-first.ts'
import { oldHeadNotRestored } from './old-head-not-restored.ts'
import { peeksAtLabels } from './peeks-at-labels.ts'
import { penaltyOfNothing } from './penalty-of-nothing.ts'
import { scoresAnUnseenClass } from './scores-an-unseen-class.ts'
import { scoresByCompany } from './scores-by-company.ts'
import { scoresByPlace } from './scores-by-place.ts'
import { stateNotSaved } from './state-not-saved.ts'
import { stepsAgainstAReference } from './steps-against-a-reference.ts'
import { uncounted } from './uncounted.ts'
import { undeclaredEmbeddings } from './undeclared-embeddings.ts'
import { undeclaredGradients } from './undeclared-gradients.ts'
import { undeclaredMemory } from './undeclared-memory.ts'
import { undeclaredSeed } from './undeclared-seed.ts'
import { unsavedChance } from './unsaved-chance.ts'
import { writesToClasses } from './writes-to-classes.ts'
import { writesToLabels } from './writes-to-labels.ts'
import { wrongBytes } from './wrong-bytes.ts'

/** Methods that were broken on purpose, one promise each. */
export const brokenMethods: readonly Broken[] = [
  breaksInTheSecondTask,
  bufferOneOver,
  chanceOfItsOwn,
  countsHalves,
  drawsTooNarrowly,
  favoursTheNewest,
  fisherTwiceAsLarge,
  infiniteScore,
  learnsWhileAsked,
  misspeltOption,
  needsOneOfEachClass,
  noSeedAtAll,
  notANumber,
  nothingToSayAtFirst,
  oldHeadNotRestored,
  peeksAtLabels,
  penaltyOfNothing,
  scoresAnUnseenClass,
  scoresByCompany,
  scoresByPlace,
  stateNotSaved,
  stepsAgainstAReference,
  uncounted,
  undeclaredEmbeddings,
  undeclaredGradients,
  undeclaredMemory,
  undeclaredSeed,
  unsavedChance,
  writesToClasses,
  writesToLabels,
  wrongBytes,
]
