import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { DocumentFilter } from '../../core/ports/search.ts'
import type { WebSettings } from '../../core/ports/web.ts'
import type { FoundInstruction } from './found-instructions.ts'

export interface AnswerRequest {
  readonly owner: UserId
  readonly question: string
  /** What may be read. undefined: all of the owner's; empty: none. */
  readonly documents?: readonly DocumentId[] | undefined
  /** Besides: what the documents must be like. */
  readonly filter?: DocumentFilter | undefined
  /** The chat that the question is asked in: its own documents are preferred. */
  readonly chatId?: string | undefined
  /** Passages to retrieve; undefined: the setting. */
  readonly topK?: number | undefined
  /** The chat so far, oldest first, without this question. For models that write, as are the next two. */
  readonly history?: readonly Turn[] | undefined
  /** The person's own instructions: tone and form. */
  readonly systemPrompt?: string | undefined
  /** What the person wants to be known besides. It is no evidence, so it cannot be cited. */
  readonly context?: string | undefined
  /** The web was asked for too. */
  readonly webSearch?: boolean | undefined
  /** What its search is to heed. */
  readonly webSettings?: WebSettings | undefined
}

/** A message of the chat before the question. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

export type Verdict = 'supported' | 'doubtful' | 'unsupported'

/** Why a sentence is not (fully) supported; a stable word for programs. */
export type Doubt =
  /** The mark's number is none of the evidence's. */
  | 'unknown_source'
  /** The stored document does not say, at that place, what was quoted. */
  | 'source_changed'
  /** The sentence has no mark. */
  | 'no_citation'
  /** Found before an answer was written, so no sentence was checked against it. */
  | 'not_checked'
  /** With the other citations of the sentence it carries all of it, by itself a part. */
  | 'partial'
  | 'number'
  /** The number is there, of something else: percent for dollars. */
  | 'unit'
  | 'date'
  | 'name'
  /** One denies what the other says. */
  | 'negation'
  /** A word is opposed to one of the quote. */
  | 'antonym'
  /** Names or numbers stand the other way round. */
  | 'order'
  /** A name or number stands beside other words than in the quote. */
  | 'binding'
  | 'coverage'

/** A place of a stored document: `content.slice(start, end) === quote` of that version. UTF-16 code units. */
export interface CitedPlace {
  readonly documentId: DocumentId
  readonly version: number
  /** null: the passages of a page of the web are not stored. */
  readonly chunkId: ChunkId | null
  readonly title: string
  /** Where on the web it is or was, as a document or as a page that this answer read. */
  readonly url: string | null
  /** A page that this answer read. */
  readonly isWeb: boolean
  readonly page: number | null
  readonly quote: string
  readonly start: number
  readonly end: number
}

export interface Citation {
  /** The [n] of the answer: the number of a passage in the evidence. */
  readonly number: number
  /** null: nothing of ours can be shown for the mark. */
  readonly place: CitedPlace | null
  /** 0 to 1: the quoted sentences' share among the candidates for the answer. */
  readonly score: number
  readonly verdict: Verdict
  readonly doubt: Doubt | null
}

/** What other evidence says against a sentence that is supported: the same with another number or date, or denied. */
export interface Contradiction {
  /** Of the evidence. */
  readonly number: number
  readonly place: CitedPlace
  readonly doubt: 'number' | 'date' | 'negation'
}

/** A sentence of the answer. Offsets are into the answer's text, marks included. */
export interface Claim {
  readonly start: number
  readonly end: number
  /** Without its marks. */
  readonly text: string
  /** Indexes into the answer's citations. */
  readonly citations: readonly number[]
  readonly verdict: Verdict
  readonly doubt: Doubt | null
  readonly contradictedBy: readonly Contradiction[]
}

export interface Source {
  readonly documentId: DocumentId
  readonly title: string
  readonly relevance: number
  /** 0 to 1; null: the document has no vectors yet. */
  readonly semantic: number | null
  readonly keyword: number
  /** From 1, by the document's best passage. */
  readonly rank: number
  readonly url: string | null
  /** A page of the web that this answer read. */
  readonly isWeb: boolean
}

/** A page of the web that was opened for an answer, or could not be. */
export interface WebSource {
  /** Where redirects led to; of one that was not read as it was named. */
  readonly url: string
  readonly title: string
  /** What the search engine says of it; null: it was not found by one. */
  readonly snippet: string | null
  /** What it is kept as; null: it was not read. */
  readonly documentId: DocumentId | null
  /** Of its text in UTF-16 code units. */
  readonly length: number
}

export type ConfidenceLevel = 'low' | 'medium' | 'high'

/** What the confidence is made of and stands beside; each 0 to 1. */
export interface ConfidenceFactors {
  /** How far the best passage stands above the next. */
  readonly retrievalMargin: number
  /** Idf share of the question's words that the evidence's best sentences hold. */
  readonly questionCoverage: number
  /** How much of the best sentence's words another passage's best sentence holds too. */
  readonly sourceAgreement: number
  /** Share of the answer's sentences that are supported by what they cite; 0 where nothing is cited. */
  readonly verifiedCitations: number
  /** How well the best sentence answers, and how far it stands above the others: both squashed, .5 is typical. */
  readonly sentenceScore: number
  readonly sentenceLift: number
}

/** One time that the model looked further before it answered. */
export interface SearchStep {
  /** From 1. */
  readonly number: number
  /** As the model called it; one that there is not too. */
  readonly tool: string
  /** What it was called with, as far as the tool knows it. */
  readonly asked: Readonly<Record<string, string | number>>
  /** Numbers of the evidence that it brought, and of what it found that had been found before. */
  readonly evidence: readonly number[]
  readonly known: readonly number[]
  /** Whose passages, or which, it brought. */
  readonly documents: readonly DocumentId[]
  /** Pages of the web that a search found, opened or not. */
  readonly pages: readonly { readonly url: string; readonly title: string }[]
  /** Why it brought nothing, where that has another reason than that there is nothing. */
  readonly problem: string | null
  /** What failed beside it, so that it may find more a moment later; a sentence. */
  readonly degraded: string | null
  readonly milliseconds: number
}

export interface PartAnswered {
  readonly question: string
  /** Whether the documents hold enough to answer it from. */
  readonly answerable: boolean
}

export interface Answer {
  readonly text: string
  readonly abstained: boolean
  /** Sentences were ranked or checked without vectors that were not to be had in time: a moment later it may be better. */
  readonly isHurried: boolean
  /** 0 to 1, calibrated: of answers with .7 about 7 in 10 hold what was asked for. */
  readonly confidence: number
  readonly confidenceLevel: ConfidenceLevel
  readonly confidenceFactors: ConfidenceFactors
  readonly sources: readonly Source[]
  /** Those of the answer; of an abstention none. */
  readonly citations: readonly Citation[]
  /** The sentences that looked best before an answer was written, also where none was: for people to judge. */
  readonly candidates: readonly Citation[]
  readonly claims: readonly Claim[]
  readonly evidence: readonly Evidence[]
  /** What in the evidence, or in what its documents are called, tells its reader what to do; none of it is an instruction. */
  readonly foundInstructions: readonly FoundInstruction[]
  /** The question as it was searched for, and the parts that were answered each. */
  readonly understood: { readonly question: string; readonly parts: readonly PartAnswered[] }
  /** What a model that may look further did. */
  readonly steps: readonly SearchStep[]
  /** What of the web it saw. */
  readonly web: {
    /** It was asked for, and there is who searches it. */
    readonly isEnabled: boolean
    /** A search was made or a page read. */
    readonly isUsed: boolean
    readonly sources: readonly WebSource[]
  }
  readonly reasoning: string
  /** What the text rests on; `general_knowledge` only where ANSWER_GENERAL_KNOWLEDGE allows it, and the text says so. */
  readonly basis: 'evidence' | 'general_knowledge'
  /** Who wrote it, or would have. */
  readonly model: string
  readonly provider: string
  /** Why it was another than should have; undefined: it was not. */
  readonly modelFailure: string | undefined
  /** Of prompt and answer; estimated where the provider does not say. 0: no model was asked. */
  readonly tokens: number
  /** Whether the model wrote to its end, or was cut off by its window or its provider's filter. */
  readonly finish: 'complete' | 'length' | 'filtered'
  /**
   * Something that the person sent did not fit into the model's window, a part of the question or of the context, or a text that
   * was to be summed up was too long to be read whole.
   */
  readonly inputTruncated: boolean
  /** UTF-16 code units, without white space around. */
  readonly originalQuestionLength: number
  readonly usedQuestionLength: number
  readonly results: number
  /** 0 to 1: relevance of the best passage. */
  readonly questionRelevance: number
}

/**
 * What happens while an answer is made, in this order: stages, deltas (their concatenation is the answer's text), `done`.
 * A failure is thrown instead of `done`; what was written until then stays with whoever read it.
 */
export type AnswerEvent =
  | {
      readonly type: 'stage'
      readonly stage: 'rag_gate'
      readonly ragEnabled: boolean
      /** null: all of the owner's may be read. */
      readonly documentsAttached: number | null
    }
  | {
      readonly type: 'stage'
      readonly stage: 'web_search'
      readonly progress: number
      readonly message: string
      /** That searches found so far. */
      readonly totalResults: number
      readonly sources: readonly WebSource[]
      /** A sentence: what of it failed. */
      readonly error?: string
    }
  /** The question as it is searched for, where that is not as it was asked, and its parts. */
  | { readonly type: 'stage'; readonly stage: 'rewrite'; readonly question: string; readonly parts: readonly string[] }
  /** With `error`, a sentence, the question's meaning could not be read: the search goes on by words alone. */
  | { readonly type: 'stage'; readonly stage: 'embeddings'; readonly message: string; readonly error?: string }
  | {
      readonly type: 'stage'
      readonly stage: 'retrieval'
      readonly progress: number
      readonly engine: string
      readonly returned: number
      readonly topK: number
      readonly minScore: number
      /** Those that the answer may be drawn from. */
      readonly documents: readonly DocumentId[]
      /** A sentence: what the search did without, beside the question's meaning. */
      readonly error?: string
    }
  | { readonly type: 'stage'; readonly stage: 'search_step'; readonly step: SearchStep }
  /** Who should have written could not; `error`, a sentence, says why. This one does. */
  | {
      readonly type: 'stage'
      readonly stage: 'model'
      readonly model: string
      readonly provider: string
      readonly message: string
      readonly error: string
    }
  /** Before the answer, so not verified against it. */
  | { readonly type: 'stage'; readonly stage: 'citations'; readonly citations: readonly Citation[] }
  | { readonly type: 'delta'; readonly content: string }
  | { readonly type: 'done'; readonly answer: Answer }
