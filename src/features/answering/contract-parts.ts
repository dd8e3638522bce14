import { assertNever } from '../../core/errors.ts'
import type { Answer, AnswerEvent } from './answer.ts'
import { failureOf } from './ask.ts'
import { instructionWarnings } from './found-instructions.ts'
import { presentAnswer, presentCitation, presentStep, presentWebSource } from './presenter.ts'

/** A stage with the names of the contract's event `meta`. */
export function presentStage(event: Extract<AnswerEvent, { type: 'stage' }>) {
  switch (event.stage) {
    case 'rag_gate':
      return { stage: event.stage, rag_enabled: event.ragEnabled, documents_attached: event.documentsAttached ?? 0 }
    case 'web_search': {
      const { progress, message, totalResults, sources, error } = event
      const web = { total_web_results: totalResults, web_sources: sources.map(presentWebSource) }
      return { stage: event.stage, progress, message, ...web, ...(error === undefined ? {} : { error }) }
    }
    case 'rewrite':
      return { stage: event.stage, question: event.question, parts: event.parts }
    case 'embeddings':
      return {
        stage: event.stage,
        message: event.message,
        ...(event.error === undefined ? {} : { error: event.error }),
      }
    case 'retrieval': {
      const { progress, engine, returned, topK, minScore, documents, error } = event
      // A deletion finds by these names what an answer was drawn from that never came to its end.
      const sources = documents.map((document) => ({ doc_id: document }))
      const found = { stage: event.stage, progress, engine, returned, top_k: topK, min_score: minScore, sources }
      return { ...found, ...(error === undefined ? {} : { error }) }
    }
    case 'search_step':
      return { stage: event.stage, ...presentStep(event.step) }
    case 'model': {
      const { model, provider, message, error } = event
      return { stage: event.stage, model_used: model, api_used: provider, message, error }
    }
    case 'citations':
      return { stage: event.stage, count: event.citations.length, citations: event.citations.map(presentCitation) }
    default:
      return assertNever(event)
  }
}

/** An answer as chats keep it: what the contract names of a message, and how sure it is and why beside it. */
function keptAnswer(answer: Answer, warnings: readonly string[]) {
  const presented = presentAnswer(answer)
  const {
    answer: _text,
    model_used,
    tokens_used,
    confidence,
    abstained,
    sources_used,
    citations,
    ...details
  } = presented
  return {
    model_used,
    tokens_used,
    confidence,
    abstained,
    sources_used,
    citations,
    input_truncated: answer.inputTruncated,
    used_question_length: answer.usedQuestionLength,
    details,
    warnings,
  }
}

/** What happens while an answer is made, with the contract's names. */
export async function* contractParts(events: AsyncIterable<AnswerEvent>) {
  const without: string[] = []
  for await (const event of events) {
    const failure = failureOf(event)
    if (failure !== undefined) without.push(failure)
    if (event.type === 'stage') yield { type: 'meta' as const, data: presentStage(event) }
    else if (event.type === 'delta') yield event
    else {
      const warnings = [...without, ...instructionWarnings(event.answer.foundInstructions)]
      yield { type: 'done' as const, answer: keptAnswer(event.answer, warnings) }
    }
  }
}
