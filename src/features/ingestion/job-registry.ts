import { DONE, type JobHandler } from './job-types.ts'

/** The kinds of jobs that this process knows. A mistake here stops the start, not a job at night. */
export interface JobRegistry {
  readonly lanes: ReadonlySet<string>
  /** @throws Error for a kind without a handler */
  handler(kind: string): JobHandler
  has(kind: string, stage: string): boolean
  /** The lane of a stage. @throws Error for a stage that the kind does not have */
  laneOf(kind: string, stage: string): string
  /** Each kind's stages with their lanes. */
  stages(): { readonly kind: string; readonly stage: string; readonly lane: string }[]
}

export function createJobRegistry(handlers: readonly JobHandler[]): JobRegistry {
  const byKind = new Map<string, JobHandler>()
  for (const handler of handlers) {
    if (byKind.has(handler.kind)) throw new Error(`Two handlers are registered for jobs of the kind "${handler.kind}"`)
    if (!Object.hasOwn(handler.lanes, handler.firstStage)) {
      throw new Error(`Jobs of the kind "${handler.kind}" begin with "${handler.firstStage}", which has no lane`)
    }
    if (Object.hasOwn(handler.lanes, DONE)) throw new Error(`"${DONE}" is the end of a job and cannot have a lane`)
    byKind.set(handler.kind, handler)
  }

  const handlerOf = (kind: string): JobHandler => {
    const handler = byKind.get(kind)
    if (handler === undefined) throw new Error(`No handler is registered for jobs of the kind "${kind}"`)
    return handler
  }
  const stages = handlers.flatMap(({ kind, lanes }) =>
    Object.entries(lanes).map(([stage, lane]) => ({ kind, stage, lane })),
  )
  return {
    lanes: new Set(stages.map(({ lane }) => lane)),
    handler: handlerOf,
    has: (kind, stage) => Object.hasOwn(byKind.get(kind)?.lanes ?? {}, stage),
    laneOf(kind, stage) {
      const { lanes } = handlerOf(kind)
      const lane = Object.hasOwn(lanes, stage) ? lanes[stage] : undefined
      if (lane === undefined) throw new Error(`Jobs of the kind "${kind}" have no stage "${stage}"`)
      return lane
    },
    stages: () => stages,
  }
}
