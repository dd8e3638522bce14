import { z } from 'zod'
import type { ModelMessage, ModelRequest } from '../../../core/ports/language-models.ts'
import type { Complaint } from '../../../egress/service-failure.ts'
import { argumentsOf } from '../tools.ts'
import { takesTemperature, thinks } from './windows.ts'

// The wire format of chat completions: https://platform.openai.com/docs/api-reference/chat

const text = z.string().nullish()

const Call = z.object({
  /** Which of the calls this is a piece of; some servers leave it out. */
  index: z.number().nullish(),
  id: text,
  function: z.object({ name: text, arguments: z.unknown() }).nullish(),
})

export type CallPiece = z.output<typeof Call>

const Said = z.object({ content: text, refusal: text, tool_calls: z.array(Call).nullish() }).nullish()

/** What a server says of an error: an object, or only a sentence. */
const ErrorBody = z
  .union([
    z.string().transform((message): Complaint => ({ message })),
    z
      .object({ message: text, type: text, code: z.union([z.string(), z.number()]).nullish() })
      .transform(({ message, type, code }): Complaint => ({
        message: message ?? '',
        type: type ?? undefined,
        code: code === null || code === undefined ? undefined : String(code),
      })),
  ])
  .nullish()

/** The parts of a completion, streamed or whole, that an answer is made of. Whatever else a server sends is left. */
export const Completion = z.object({
  choices: z.array(z.object({ delta: Said, message: Said, finish_reason: text })).nullish(),
  usage: z
    .object({
      prompt_tokens: z.number().nullish(),
      completion_tokens: z.number().nullish(),
      total_tokens: z.number().nullish(),
    })
    .nullish(),
  error: ErrorBody,
})

const Refusal = z.union([
  z.object({ error: ErrorBody }),
  // vLLM and others: without the envelope.
  z.object({ message: z.string() }).transform(({ message }) => ({ error: { message } as Complaint })),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ error: { message: detail } as Complaint })),
])

export function complaintOf(body: unknown): Complaint | undefined {
  const parsed = Refusal.safeParse(body)
  return parsed.success ? (parsed.data.error ?? undefined) : undefined
}

export function totalOf(usage: NonNullable<z.output<typeof Completion>['usage']>): number | null {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  if (typeof total === 'number') return total
  return typeof prompt === 'number' && typeof completion === 'number' ? prompt + completion : null
}

function messageOf(message: ModelMessage): object {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.callId, content: message.content }
  if (message.role !== 'assistant' || (message.toolCalls ?? []).length === 0) {
    return { role: message.role, content: message.content }
  }
  return {
    role: 'assistant',
    content: message.content === '' ? null : message.content,
    tool_calls: message.toolCalls?.map((call) => ({
      id: call.id,
      type: 'function',
      // Servers that fill a template with them read them, so they must be JSON.
      function: { name: call.name, arguments: JSON.stringify(argumentsOf(call)) },
    })),
  }
}

/** What a model may think, in tokens, besides what it may write: both count as its answer. */
const THINKING_TOKENS = 8192

function limitOf(model: string, maxTokens: number | undefined): object {
  if (maxTokens === undefined) return {}
  return thinks(model) ? { max_completion_tokens: maxTokens + THINKING_TOKENS } : { max_tokens: maxTokens }
}

export function bodyOf(model: string, { messages, tools = [], output, maxTokens }: ModelRequest): object {
  return {
    model,
    messages: messages.map(messageOf),
    stream: true,
    stream_options: { include_usage: true },
    ...(takesTemperature(model) ? { temperature: 0 } : {}),
    ...limitOf(model, maxTokens),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(output === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { ...output, strict: true } } }),
  }
}
