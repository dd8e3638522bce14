import { canonicalJson, canonicalText } from '../../core/canonical-text.ts'
import type { FoundInstruction } from './found-instructions.ts'
import type { Answer, Citation, Contradiction, Doubt, SearchStep, Source, WebSource } from './answer.ts'

const SENTENCE: Readonly<Record<Doubt, string>> = {
  unknown_source: 'The answer names a source that it was not given.',
  source_changed: 'The stored document no longer holds this passage.',
  no_citation: 'The sentence names no source.',
  not_checked: 'The passage was found for the question; no sentence of an answer was checked against it.',
  partial: 'The quoted text carries a part of the sentence, and the other sources the rest.',
  number: 'A number of the sentence is not in the quoted text.',
  unit: 'A number of the sentence has another unit in the quoted text.',
  date: 'A date of the sentence is not in the quoted text.',
  name: 'A name of the sentence is not in the quoted text.',
  negation: 'The sentence says what the quoted text denies, or the reverse.',
  antonym: 'The sentence says the opposite of a word of the quoted text.',
  order: 'Names or numbers stand the other way round in the quoted text.',
  binding: 'A name or number stands beside other words in the quoted text.',
  coverage: 'Too few words of the sentence are in the quoted text.',
}

/** A citation as the HTTP contract shapes it. Without a place all of its fields are null, never invented. */
export function presentCitation({ number, place, score, verdict, doubt }: Citation) {
  return {
    id: number,
    type: place?.isWeb === true ? ('web' as const) : ('rag' as const),
    doc_id: place?.documentId ?? null,
    version: place?.version ?? null,
    chunk_id: place?.chunkId ?? null,
    title: place?.title ?? null,
    url: place?.url ?? null,
    page: place?.page ?? null,
    quote: place?.quote ?? null,
    start_char: place?.start ?? null,
    end_char: place?.end ?? null,
    score,
    verified: verdict === 'supported',
    verdict,
    ...(doubt === null ? {} : { reason: SENTENCE[doubt], reason_code: doubt }),
  }
}

const AGAINST: Readonly<Record<Contradiction['doubt'], string>> = {
  number: 'Another source gives another number.',
  date: 'Another source gives another date.',
  negation: 'Another source says the reverse.',
}

/** What other evidence says against a sentence, as the HTTP contract shapes it. */
const presentContradiction = ({ number, place, doubt }: Contradiction) => ({
  id: number,
  doc_id: place.documentId,
  version: place.version,
  chunk_id: place.chunkId,
  title: place.title,
  url: place.url,
  page: place.page,
  quote: place.quote,
  start_char: place.start,
  end_char: place.end,
  reason: AGAINST[doubt],
  reason_code: doubt,
})

/** An instruction that a document holds. Without a place in its content the three fields of one are null. */
const presentInstruction = ({ documentId, title, url, where, kind, quote, place }: FoundInstruction) => ({
  doc_id: documentId,
  version: place?.version ?? null,
  title: canonicalText(title),
  url,
  where,
  kind,
  quote: canonicalText(quote),
  start_char: place?.start ?? null,
  end_char: place?.end ?? null,
})

export function presentSource({ documentId, title, relevance, semantic, keyword, rank, url, isWeb }: Source) {
  return {
    id: documentId,
    title,
    relevance_score: relevance,
    semantic_similarity: semantic ?? 0,
    keyword_score: keyword,
    rank,
    vectorized_search: semantic !== null,
    web_search: isWeb,
    ...(url === null ? {} : { url }),
  }
}

export const presentWebSource = ({ url, title, snippet, documentId, length }: WebSource) => ({
  url,
  domain: URL.parse(url)?.hostname ?? '',
  title,
  ...(snippet === null || snippet === '' ? {} : { snippet }),
  content_length: length,
  scraped_successfully: documentId !== null,
  // Its text, as that of any document; and what keeps it as long as the answer.
  doc_id: documentId,
})

export function presentStep({
  number,
  tool,
  asked,
  evidence,
  known,
  documents,
  pages,
  problem,
  degraded,
  milliseconds,
}: SearchStep) {
  return {
    step: number,
    tool: canonicalText(tool),
    asked: canonicalJson(asked) as SearchStep['asked'],
    returned: evidence.length + known.length + pages.length,
    new_evidence: evidence,
    known_evidence: known,
    // A deletion finds by these names what was drawn from a document.
    sources: documents.map((document) => ({ doc_id: document })),
    ...(pages.length === 0 ? {} : { web_results: pages }),
    ...(problem === null ? {} : { error: problem }),
    ...(degraded === null ? {} : { warning: degraded }),
    processing_time_ms: milliseconds,
  }
}

/** The fields of `/api/v1/ask` that the answer itself knows; the route adds times and what the server is set to. */
export function presentAnswer(answer: Answer) {
  const { confidenceFactors: factors } = answer
  return {
    answer: answer.text,
    abstained: answer.abstained,
    confidence: answer.confidence,
    confidence_level: answer.confidenceLevel,
    confidence_factors: {
      retrieval_margin: factors.retrievalMargin,
      question_coverage: factors.questionCoverage,
      source_agreement: factors.sourceAgreement,
      verified_citations: factors.verifiedCitations,
      sentence_score: factors.sentenceScore,
      sentence_lift: factors.sentenceLift,
    },
    sources_used: answer.sources.map(presentSource),
    citations: answer.citations.map(presentCitation),
    candidate_quotes: answer.candidates.map(presentCitation),
    sentences: answer.claims.map(({ start, end, text, citations, verdict, doubt, contradictedBy }) => ({
      start,
      end,
      text,
      citations,
      verdict,
      ...(doubt === null ? {} : { reason: SENTENCE[doubt], reason_code: doubt }),
      ...(contradictedBy.length === 0 ? {} : { contradicted_by: contradictedBy.map(presentContradiction) }),
    })),
    searched_question: answer.understood.question,
    question_parts: answer.understood.parts,
    search_steps: answer.steps.map(presentStep),
    web_search_enabled: answer.web.isEnabled,
    web_search_used: answer.web.isUsed,
    web_sources: answer.web.sources.map(presentWebSource),
    found_instructions: answer.foundInstructions.map(presentInstruction),
    reasoning: answer.reasoning,
    basis: answer.basis,
    model_used: answer.model,
    api_used: answer.provider,
    ...(answer.modelFailure === undefined ? {} : { model_failure: answer.modelFailure }),
    tokens_used: answer.tokens,
    finish_reason: answer.finish,
    input_truncated: answer.inputTruncated,
    original_question_length: answer.originalQuestionLength,
    used_question_length: answer.usedQuestionLength,
    results_count: answer.results,
    question_relevance: answer.questionRelevance,
  }
}
