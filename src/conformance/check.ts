import type { Images, Learner, Scores, Start } from '../method/index.ts'
import type { Level } from './ground.ts'
import type { Subject } from './subject.ts'

/** One promise of every method, by a name that never changes. */
export interface Check {
  readonly name: string
  /** What holds if it holds: the end of “the method …”. */
  readonly promise: string
  /** Checks without which it tells nothing. */
  readonly after?: readonly string[]
  /** Errors of the protocol that mean this is broken: they end a walk before anything else can be seen. */
  readonly errors?: readonly string[]
  /** Why it says nothing of this method, where it does not. */
  silent?(subject: Subject): string | undefined
  /** Looks on while the method walks down the stream. */
  eye?(subject: Subject): Eye
  /** Does something of its own; how the promise is broken, or nothing. */
  of?(subject: Subject): Promise<Finding>
}

/** `undefined`: holds. A text: how it is broken. */
export type Finding = string | undefined | { readonly silent: string }

/** Each is told what just happened, and says how a promise was broken by it. */
export interface Eye {
  /** An option was looked at. */
  option?(name: string): Finding
  /** Something of a handle of images was looked at, besides their number. */
  handle?(property: string): Finding
  /** The backbone was asked for the embeddings of so many images. */
  embedded?(images: number): Finding
  /** A network trains so many parameters. */
  trained?(parameters: number): Finding
  /** Things that were lent, as they were and as they are now. */
  lent?(name: string, before: unknown, now: unknown): Finding
  /** A step was made. */
  stepped?(learner: Learner): Finding
  /** Test images were asked about. */
  asked?(question: Question): Finding | Promise<Finding>
  /** The stream is at its end. */
  finished?(learner: Learner): Finding
}

export interface Question {
  readonly learner: Learner
  readonly images: Images
  readonly scores: Readonly<Record<string, Scores>>
  /** Classes so far, in the order of the columns. */
  readonly seen: readonly number[]
  /** The images at these places, as another batch. */
  pick(places: ArrayLike<number>): Images
}

/** What a learner is started with, and what is known of it. */
export type Context = Start<Record<string, never>>

export interface Verdict {
  readonly check: string
  readonly promise: string
  readonly level: Level
  readonly outcome: 'holds' | 'broken' | 'silent'
  /** How it is broken, or why nothing is said. */
  readonly reason?: string
}

export function defineCheck(check: Check): Check {
  return check
}
