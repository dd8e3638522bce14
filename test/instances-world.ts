import type { startOpenAiServer } from './openai-server.ts'
import type { Json } from './service.ts'

/** One of the instances, as a client reaches it. */
export interface Instance {
  readonly name: string
  readonly url: string
  /** Any status; the body as JSON. */
  call(
    method: string,
    path: string,
    body?: object | FormData,
  ): Promise<{ readonly status: number; readonly body: Json }>
}

/** What both halves of the model work with. */
export interface World {
  readonly instances: readonly Instance[]
  readonly random: () => number
  /** One of them, or undefined where there is none. */
  some<T>(of: Iterable<T>): T | undefined
  any(): Instance
  /** Two different ones. */
  two(): readonly [Instance, Instance]
  /** A word that was never given before. */
  word(): string
  readonly model: Awaited<ReturnType<typeof startOpenAiServer>>
}

export interface Operation {
  readonly name: string
  /** How often it is done beside the others. */
  readonly weight: number
  /** Gives false where there is nothing to do it with. */
  readonly run: () => Promise<boolean | void>
}
