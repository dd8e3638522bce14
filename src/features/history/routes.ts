import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { userId } from '../../http/user-ids.ts'
import type { QuestionHistory } from './history.ts'
import type { HistoryEntry } from './repository.ts'

const entry = z.object({
  chat_id: z.string().nullable(),
  question: z.string(),
  answer: z.string(),
  confidence: z.number(),
  sources_used: z.array(z.record(z.string(), z.unknown())),
  reasoning: z.string(),
  processing_time: z.number().describe('Seconds.'),
  timestamp: z.string(),
  session_id: z.string().nullable(),
})

const present = (found: HistoryEntry): z.input<typeof entry> => ({
  chat_id: found.chatId,
  question: found.question,
  answer: found.answer,
  confidence: found.confidence,
  sources_used: found.sources.map((source) => ({ ...source })),
  reasoning: found.reasoning,
  processing_time: found.seconds,
  timestamp: found.at,
  session_id: found.sessionId,
})

export function historyRoutes(app: App, { history }: { history: QuestionHistory }): void {
  app.get(
    '/api/v1/users/:user_id/chat-history',
    {
      config: { access: 'user' },
      schema: {
        tags: ['Authentication and users'],
        summary: 'Questions of a user and their answers, newest first',
        params: z.object({ user_id: userId }),
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(200).default(50),
          offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
        }),
        response: {
          200: z.object({
            user_id: z.string(),
            chat_history: z.array(entry),
            total_entries: z.number().int(),
            limit: z.number().int(),
          }),
        },
      },
    },
    async (request) => {
      const { limit, offset } = request.query
      const user = ownerOf(request, request.params.user_id)
      const page = await history.list(user, limit, offset)
      if (page === undefined) throw new AppError('not_found', `There is no user ${user}.`)
      return { user_id: user, chat_history: page.entries.map(present), total_entries: page.total, limit }
    },
  )
}
