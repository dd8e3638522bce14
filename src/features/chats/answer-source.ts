import type { DocumentId, UserId } from '../../core/ids.ts'
import type { DocumentFilter } from '../../core/ports/search.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { WebSettings } from '../../core/ports/web.ts'

/** What this feature needs of the one that makes answers. */
export interface AnswerSource {
  /**
   * Refuses what cannot be answered, before anything of it is stored. Gives the question as it will be asked.
   * @throws AppError empty_question, question_too_long, not_found (a document), not_ready
   */
  check(question: Pick<SourceQuestion, 'owner' | 'question' | 'documents'>): Promise<string>
  /** Ends with `done`. Throws what making it threw. */
  answer(question: SourceQuestion, options: CallOptions): AsyncIterable<AnswerPart>
  /** Id of the model that will write. */
  model(): string
}

/** A message of the chat before the question. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

export interface SourceQuestion {
  readonly owner: UserId
  readonly chatId: string
  readonly question: string
  /** What may be read. undefined: all of the owner's; empty: none. */
  readonly documents: readonly DocumentId[] | undefined
  readonly filter: DocumentFilter | undefined
  /** What was said before in the chat, oldest first. */
  readonly history: readonly Turn[]
  readonly systemPrompt: string | undefined
  /** What the asker says besides the question. */
  readonly context: string | undefined
  readonly webSearch: boolean
  readonly webSettings: WebSettings | undefined
  /** Passages to retrieve; undefined: the setting. */
  readonly topK: number | undefined
}

export type AnswerPart =
  /** A stage as the contract's event `meta` has it. */
  | { readonly type: 'meta'; readonly data: Readonly<Record<string, unknown>> & { readonly stage: string } }
  | { readonly type: 'delta'; readonly content: string }
  | { readonly type: 'done'; readonly answer: FinishedAnswer }

/** With the contract's names, as they are stored and sent. */
export interface FinishedAnswer {
  readonly model_used: string
  readonly tokens_used: number
  readonly confidence: number
  readonly abstained: boolean
  /** A part of what was sent did not fit into the model's window. */
  readonly input_truncated: boolean
  /** UTF-16 code units. */
  readonly used_question_length: number
  readonly sources_used: readonly object[]
  readonly citations: readonly object[]
  /** Whatever else is kept with the answer: how sure it is and why. */
  readonly details: Readonly<Record<string, unknown>>
  /** Sentences about what was asked for and not done. */
  readonly warnings: readonly string[]
}
