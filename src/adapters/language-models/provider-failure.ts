import { ProviderFailure } from '../../core/provider-failure.ts'
import {
  brokenOff,
  refusedBy,
  tooSlow as serviceTooSlow,
  unreachable,
  unreadableFrom,
  withoutSecrets,
  type Complaint,
  type ServiceWords,
} from '../../egress/service-failure.ts'

/** What the request held that not every server takes. */
export interface Asked {
  readonly tools: boolean
  readonly schema: boolean
}

const NAME = 'The language model'

const CONTEXT_TOO_LONG =
  /context.{0,20}(?:length|window|size)|maximum.{0,20}tokens|too many tokens|prompt is too long|input length and .?max_tokens/i
const OF_TOOLS = /\btools?\b|\btool[_ -]?(?:choice|use|call)|function[_ -]?call/i
const OF_SCHEMA = /response_format|json[_ -]?schema|structured[_ -]?output|output_config|\bformat\b|\bgrammar\b/i

/** Statuses by which services say that they know no such thing: llama.cpp does it with 500. */
const UNKNOWN_FIELD: ReadonlySet<number> = new Set([400, 404, 422, 500, 501])

export type Failures = ReturnType<typeof failuresOf>

/** The failures of one provider, worded for whoever runs this service. Complaints come out without secrets. */
export function failuresOf(settings: Omit<ServiceWords, 'name'>, key: string | undefined) {
  const words: ServiceWords = { name: NAME, ...settings }

  /** A refusal by its status. */
  function refused(
    status: number,
    complaint: Complaint,
    retryAfter: number | undefined,
    asked: Asked = { tools: false, schema: false },
  ): ProviderFailure {
    const { code, message } = complaint
    const said = withoutSecrets(message, key)
    const ofModel = (sentence: string, kind: 'tools' | 'schema' | 'request' | 'window'): ProviderFailure =>
      new ProviderFailure('upstream_failed', sentence, { kind, said })
    const usual = refusedBy(status, complaint, said, retryAfter, words)
    if (usual.busy || (usual.kind === 'settings' && status !== 404)) return usual
    if (UNKNOWN_FIELD.has(status) && asked.tools && OF_TOOLS.test(message)) {
      return ofModel(`${NAME} takes no tools (${status}).`, 'tools')
    }
    if (UNKNOWN_FIELD.has(status) && asked.schema && OF_SCHEMA.test(message)) {
      return ofModel(`${NAME} takes no schema of its answer (${status}).`, 'schema')
    }
    if (usual.kind === 'settings') return usual
    if (code === 'context_length_exceeded' || (status < 500 && CONTEXT_TOO_LONG.test(message))) {
      const sentence =
        'The question with its sources is longer than the model’s window: set MAX_CONTEXT_TOKENS to what it has.'
      return ofModel(sentence, 'window')
    }
    if (code === 'content_filter') {
      return ofModel('The language model’s provider refused the question by its filter.', 'request')
    }
    return usual
  }

  return {
    refused,
    /** An error that came in the middle of a stream, after status 200. */
    midway(complaint: Complaint): ProviderFailure {
      const said = withoutSecrets(complaint.message, key)
      // The account's credit is told as it is with a status; for all others there is none.
      const usual = refusedBy(400, complaint, said, undefined, words)
      if (usual.kind === 'settings') return usual
      const options = { kind: 'unavailable', again: true, said } as const
      return new ProviderFailure('upstream_failed', `${NAME} stopped with an error.`, options)
    },
    unreadable: (detail: string): ProviderFailure => unreadableFrom(words, detail),
    /** A failed `fetch`. */
    unreachable: (cause: unknown): ProviderFailure => unreachable(words, cause),
    brokenOff: (cause?: unknown): ProviderFailure => brokenOff(words, cause),
  }
}

/** `what` it did so long: `has said nothing`. */
export const tooSlow = (what: string, milliseconds: number): ProviderFailure =>
  serviceTooSlow({ name: NAME }, milliseconds, `${what} for`)

/** An answer that came to its end without a word. */
export function emptyAnswer(reason: 'stop' | 'length' | 'filtered'): ProviderFailure {
  const why = {
    stop: '',
    length: ': its limit of tokens was reached before the first word',
    filtered: ': its provider’s content filter withheld it',
  }[reason]
  return new ProviderFailure('upstream_failed', `${NAME} gave an empty answer${why}.`, {
    kind: reason === 'stop' ? 'unavailable' : 'request',
    again: reason === 'stop',
  })
}
