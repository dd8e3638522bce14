import { z } from 'zod'
import type { ModelMessage, ModelRequest } from '../../../core/ports/language-models.ts'
import { argumentsOf } from '../tools.ts'

// The wire format of Ollama's own API: https://github.com/ollama/ollama/blob/main/docs/api.md

/** A line of an answer, of which the last has `done`. */
export const Line = z.object({
  message: z
    .object({
      content: z.string().nullish(),
      tool_calls: z
        .array(z.object({ id: z.string().nullish(), function: z.object({ name: z.string(), arguments: z.unknown() }) }))
        .nullish(),
    })
    .nullish(),
  done: z.boolean().nullish(),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.number().nullish(),
  eval_count: z.number().nullish(),
  error: z.string().nullish(),
})

export const Refusal = z.object({ error: z.string() })

/** Of /api/tags: what has been pulled. */
export const Pulled = z.object({ models: z.array(z.object({ name: z.string() })) })

function messageOf(message: ModelMessage): object {
  if (message.role === 'tool') return { role: 'tool', tool_name: message.name, content: message.content }
  if (message.role !== 'assistant' || (message.toolCalls ?? []).length === 0) {
    return { role: message.role, content: message.content }
  }
  return {
    role: 'assistant',
    content: message.content,
    tool_calls: message.toolCalls?.map((call) => ({ function: { name: call.name, arguments: argumentsOf(call) } })),
  }
}

/** `num_ctx` is told, since a prompt that is longer than a server's own is cut without a word. */
export function bodyOf(
  model: string,
  contextWindow: number,
  { messages, tools = [], output, maxTokens }: ModelRequest,
): object {
  return {
    model,
    messages: messages.map(messageOf),
    stream: true,
    options: {
      temperature: 0,
      num_ctx: contextWindow,
      ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
    },
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(output === undefined ? {} : { format: output.schema }),
  }
}
