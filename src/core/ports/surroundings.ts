export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** A module that another thread imports by itself: its `create(options)` makes what the port's doc says. */
export interface ThreadModule {
  readonly href: string
  /** Survives a structured clone. */
  readonly options: unknown
}

export interface Clock {
  now(): Date
}

/** The part of pino that the code uses. Never pass texts of documents or questions, nor secrets. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}
