import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import { AppError } from '../../core/errors.ts'
import type { SocketHandler, SocketMessage } from '../../http/websocket-connection.ts'
import type { AnswerEvent } from './answer.ts'
import type { Ask } from './ask.ts'
import { askRequest } from './schemas.ts'

interface Step {
  readonly step: 'analyzing' | 'web_search' | 'vector_search' | 'context_creation' | 'ai_generation'
  /** 0 to 100. */
  readonly progress: number
  readonly message: string
}

/** The message `question`: its answer by the one pipeline, and on the way what is being done. */
export function answerQuestions(ask: Ask): SocketHandler {
  return async ({ message, caller, signal, send }) => {
    const { personality, ...request } = readQuestion(message)
    let told = -1
    const tell = (step: Step): void => {
      // A stage that comes again, such as a second search, must not take the progress back.
      if (step.progress <= told) return
      told = step.progress
      send({ type: 'processing_update', ...step })
    }
    tell({ step: 'analyzing', progress: 5, message: 'Reading the question' })
    const answer = await ask(caller, request, {
      signal,
      personality,
      onEvent(event) {
        const step = stepOf(event)
        if (step !== undefined) tell(step)
      },
    })
    send({ type: 'answer', ...answer })
  }
}

function stepOf(event: Exclude<AnswerEvent, { type: 'done' }>): Step | undefined {
  if (event.type === 'delta') return { step: 'ai_generation', progress: 80, message: 'Writing the answer' }
  switch (event.stage) {
    case 'web_search':
      return {
        step: 'web_search',
        progress: 5 + Math.floor(event.progress / 10),
        message: event.error ?? event.message,
      }
    case 'embeddings':
      return {
        step: 'vector_search',
        progress: event.error === undefined ? 20 : 25,
        message: event.error ?? event.message,
      }
    case 'retrieval':
      return { step: 'vector_search', progress: 50, message: `Found ${event.returned} passages` }
    case 'search_step':
      return { step: 'context_creation', progress: 65 + event.step.number, message: 'Looking further' }
    case 'citations':
      return { step: 'context_creation', progress: 65, message: 'Choosing what the answer may rest on' }
    default:
      return undefined
  }
}

/** As long as a person's system prompt, which it joins. */
const LONGEST_PERSONALITY = 2000

const question = askRequest.extend({
  personality: z.string().overwrite(canonicalText).max(LONGEST_PERSONALITY).optional(),
})

function readQuestion(message: SocketMessage): z.output<typeof question> {
  if (message.question === undefined) {
    throw new AppError('empty_question', 'The message has no question. Write what you want to know in "question".')
  }
  const parsed = question.safeParse(message)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  throw new AppError('invalid_request', `${fields[0]?.path}: ${fields[0]?.message}`, { fields })
}
