import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import { callJson, type Service } from '../../egress/service-call.ts'
import { unreadableFrom } from '../../egress/service-failure.ts'
import { batches, cutTo, halves } from './request-texts.ts'
import { ServiceTurns } from '../../egress/service-turns.ts'
import { NotVectors } from './vectors.ts'

/** How one kind of service is asked for vectors. */
export interface EmbeddingWire {
  /** Behind the base URL. */
  readonly path: string
  /** Most texts, and most tokens, of one request. */
  readonly limits: { readonly texts: number; readonly tokens: number }
  /** @param dimension length that is asked for; undefined: the model's own */
  body(texts: readonly string[], dimension: number | undefined): object
  /** Vectors of length 1, in the order of the texts. @throws NotVectors */
  vectors(answer: unknown): Float32Array[]
  /** After a refusal in these words: whether the same may be asked for in another form from now on. */
  adapts(said: string): boolean
}

/** Milliseconds. */
export interface RemoteLimits {
  /** For a question with all tries: whoever waits for it goes on by words. */
  readonly query: number
  /** For one request of documents. A model that is loaded first takes long. */
  readonly document: number
  /** Before the second try, doubled before each further one; and that the service is left alone after a failure. */
  readonly pause: number
  /** That the service is left alone at the longest. */
  readonly longestPause: number
}

export interface RequestOptions {
  /** As people and the log know the model, and as the service does. */
  readonly name: string
  readonly model: string
  /** Without a slash at its end. */
  readonly base: string
  /** Length of vectors that is asked for; undefined: the model's own. */
  readonly asked: number | undefined
  /** Tokens of a text. */
  readonly window: number
  /** Texts in one request. */
  readonly batchSize: number
  readonly limits: RemoteLimits
  /** Length of vectors, as far as it is known; 0: it is not. */
  readonly dimension: () => number
  /** Aborted once nothing is to be asked any more. */
  readonly stopped: AbortSignal
}

export interface RequestCall extends CallOptions {
  /** Somebody waits for it. */
  readonly urgent: boolean
  /** For one request. */
  readonly milliseconds: number
  readonly tries: number
}

const REQUESTS = 4
/** For questions, beside those. */
const RESERVED = 4
/** A text that is still too long after so many cuts is refused for another reason. */
const CUTS = 6
/** An answer writes a number of a vector in at most so many bytes, and has so many besides. */
const BYTES_PER_NUMBER = 32
const BYTES_BESIDES = 1_048_576
const LONGEST_VECTOR = 16_384

/** In the words of OpenAI, vLLM, TEI, llama.cpp and others. */
const TOO_LONG =
  /context.{0,20}(?:length|window|size)|max(?:imum)?\b.{0,30}(?:tokens|input|length)|too (?:many tokens|long|large)|batch size|exceeds?\b.{0,40}(?:tokens|context|length)/i

/** Texts to vectors by as many requests as that takes. */
export function createRequests(
  { name, model, base, asked, window, batchSize, limits, dimension, stopped }: RequestOptions,
  { service, wire, logger }: { readonly service: Service; readonly wire: EmbeddingWire; readonly logger: Logger },
) {
  const turns = new ServiceTurns({
    most: REQUESTS,
    reserved: RESERVED,
    first: limits.pause,
    longest: limits.longestPause,
  })
  /** Tokens, by our estimate, that a text may have: less than the window once the service has refused fewer. */
  let room = window

  /** What the service answers, in whichever form it takes. */
  async function answer(texts: readonly string[], milliseconds: number, callOptions: CallOptions) {
    for (;;) {
      try {
        const body = wire.body(texts, asked)
        const bytes = BYTES_BESIDES + texts.length * (dimension() || LONGEST_VECTOR) * BYTES_PER_NUMBER
        return await callJson(service, { address: `${base}${wire.path}`, body, milliseconds, bytes }, callOptions)
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error
        // llama.cpp calls it an error of its own.
        if (error.kind === 'unavailable' && !error.busy && TOO_LONG.test(error.said)) throw error.asRefusal()
        if (error.kind !== 'request' || !wire.adapts(error.said)) throw error
        logger.info({ model: name, said: error.said }, 'The embedding service is asked in another form')
      }
    }
  }

  function vectorsOf(answered: unknown, count: number): Float32Array[] {
    let vectors: Float32Array[]
    try {
      vectors = wire.vectors(answered)
    } catch (error) {
      if (error instanceof NotVectors) throw unreadableFrom(service.words, `it ${error.message}`)
      throw error
    }
    if (vectors.length !== count) {
      throw unreadableFrom(service.words, `it has ${vectors.length} vectors for ${count} texts`)
    }
    const expected = dimension()
    const other = vectors.find(({ length }) => length !== (expected || vectors[0]?.length))
    if (other !== undefined) throw otherLength(other.length, expected)
    return vectors
  }

  function otherLength(length: number, expected: number): ProviderFailure {
    const given = `${service.words.name} gives vectors of ${length} numbers with ${model}`
    return new ProviderFailure(
      'not_ready',
      asked === undefined
        ? `${given}, and those of the documents have ${expected}: it is another model under the same name. Set ` +
            `EMBEDDING_DIM=${length} to have the documents embedded anew.`
        : `${given}, and ${asked} are asked for. Set EMBEDDING_DIM to ${length}, or leave it unset.`,
      { kind: 'settings' },
    )
  }

  /** One request, in its turn, again where that may help. */
  async function request(texts: readonly string[], call: RequestCall): Promise<Float32Array[]> {
    const { urgent, milliseconds, tries, signal } = call
    for (let tried = 1; ; tried++) {
      let begun = false
      try {
        return await turns.run(async () => {
          begun = true
          const vectors = await told(
            async () => vectorsOf(await answer(texts, milliseconds, { signal }), texts.length),
            tried === tries,
          )
          turns.succeeded()
          return vectors
        }, call)
      } catch (error) {
        signal?.throwIfAborted()
        if (!begun || tried >= tries || !mayTryAgain(error)) throw error
        logger.debug({ err: error, model: name, tried, urgent }, 'The embedding service failed; it is asked again')
        await pause(limits.pause * 2 ** (tried - 1), signal)
      }
    }
  }

  /** Lets the turns know of a failure: of a busy service always, of one that may be back at once after the last try. */
  async function told<T>(work: () => Promise<T>, isLast: boolean): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.kind === 'request') throw error
      if (error.kind === 'unavailable' && !error.busy && !isLast) throw error
      throw failed(error)
    }
  }

  /** The failure, with the time until the service is asked again. */
  const failed = (failure: ProviderFailure): ProviderFailure => failure.after(turns.failed(failure))

  /** Texts of one request, or of several where it is too much for one; a single one is cut until it is taken. */
  async function fitting(texts: readonly string[], call: RequestCall, cuts = 0): Promise<Float32Array[]> {
    try {
      return await request(texts, call)
    } catch (error) {
      if (!(error instanceof ProviderFailure && error.kind === 'request' && TOO_LONG.test(error.said))) throw error
      const [text] = texts
      if (texts.length > 1) {
        const parts = await Promise.all(halves(texts).map((half) => fitting(half, call)))
        return parts.flat()
      }
      if (text === undefined || cuts === CUTS) throw error
      const shorter = cutTo(text, SHORTER)
      room = Math.min(room, shorter.tokens)
      logger.warn({ model: name, tokens: shorter.tokens }, 'The embedding service finds a text too long; it is cut')
      return fitting([shorter.text], call, cuts + 1)
    }
  }

  async function read(texts: readonly string[], call: RequestCall): Promise<Float32Array[]> {
    // Where one request fails the others are of no use any more.
    const given = new AbortController()
    const signals = [given.signal, stopped, ...(call.signal === undefined ? [] : [call.signal])]
    const signal = AbortSignal.any(signals)
    const cut = texts.map((text) => cutTo(text, { tokens: room }))
    const most = { texts: Math.min(batchSize, wire.limits.texts), tokens: wire.limits.tokens }
    try {
      const read = await Promise.all(batches(cut, most).map((batch) => fitting(batch, { ...call, signal })))
      return read.flat()
    } catch (error) {
      given.abort(error)
      call.signal?.throwIfAborted()
      throw error
    }
  }

  return { read, failed }
}

/** Of what a text has, where the service does not say how much is too much. */
const SHORTER = { share: 0.7 }

const mayTryAgain = (error: unknown): boolean => error instanceof ProviderFailure && error.kind === 'unavailable'

/** At random between half of the time and all of it, so that calls that failed together come back apart. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
  signal?.throwIfAborted()
}
