import { z } from 'zod'
import type { ModelMessage, ModelRequest, ToolCall } from '../../../core/ports/language-models.ts'
import type { Complaint } from '../../../egress/service-failure.ts'
import { argumentsOf, withoutTools } from '../tools.ts'
import type { Generation } from './generations.ts'

// The wire format of the Messages API: https://platform.claude.com/docs/en/api/messages

const count = z.number().nullish()
const Usage = z.object({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
})

export type Usage = z.output<typeof Usage>

const ErrorBody = z
  .object({ type: z.string().nullish(), message: z.string().nullish() })
  .transform(({ type, message }): Complaint => ({ type: type ?? undefined, message: message ?? '' }))

/** A block of an answer. Of thinking everything is kept, since it must come back unchanged. */
export const Block = z.looseObject({ type: z.string(), text: z.string().nullish(), id: z.string().nullish() })

export type Block = z.output<typeof Block>

/** The events that an answer is made of; of others only the type is read, as there may come new ones at any time. */
export const StreamEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage: Usage.nullish() }) }),
  z.object({ type: z.literal('content_block_start'), index: z.number(), content_block: Block }),
  z.object({
    type: z.literal('content_block_delta'),
    index: z.number(),
    delta: z.object({
      type: z.string(),
      text: z.string().nullish(),
      partial_json: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
    }),
  }),
  z.object({ type: z.literal('content_block_stop'), index: z.number() }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: Usage.nullish(),
  }),
  z.object({ type: z.literal('message_stop') }),
  z.object({ type: z.literal('error'), error: ErrorBody }),
])

export type StreamEvent = z.output<typeof StreamEvent>

export const TypeOfEvent = z.object({ type: z.string() })

/** An answer that is not streamed. */
export const Message = z.object({
  type: z.literal('message'),
  content: z.array(Block),
  stop_reason: z.string().nullish(),
  usage: Usage.nullish(),
})

const Refusal = z.object({ error: ErrorBody })

export function complaintOf(body: unknown): Complaint | undefined {
  const parsed = Refusal.safeParse(body)
  return parsed.success ? parsed.data.error : undefined
}

/** The tool that an older model is made to call for the sake of its schema. */
export const ANSWER_TOOL = 'give_answer'

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: object[]
}

const textBlocks = (text: string): object[] => (text === '' ? [] : [{ type: 'text', text }])

/** The blocks of thinking that came before a call, as they were; what cannot be read is left out. */
function stateOf(call: ToolCall | undefined): object[] {
  if (call?.state === undefined) return []
  try {
    const parsed = z.array(Block).safeParse(JSON.parse(call.state))
    return parsed.success ? parsed.data : []
  } catch {
    // Another provider's.
    return []
  }
}

/** undefined: it is no turn; the system's part stands apart. */
function turnOf(message: ModelMessage): Turn | undefined {
  if (message.role === 'tool') {
    const { callId, content } = message
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: callId, content }] }
  }
  const said = textBlocks(message.content)
  if (message.role !== 'assistant') return message.role === 'user' ? { role: 'user', content: said } : undefined
  const calls = message.toolCalls ?? []
  return {
    role: 'assistant',
    content: [
      ...stateOf(calls[0]),
      ...said,
      ...calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: argumentsOf(call) })),
    ],
  }
}

/** Turns that alternate: results of several calls are one turn, and what the user says behind them joins it. */
function turnsOf(messages: readonly ModelMessage[]): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const turn = turnOf(message)
    if (turn === undefined) continue
    const last = turns.at(-1)
    if (last !== undefined && last.role === turn.role) last.content.push(...turn.content)
    else if (turn.content.length > 0) turns.push(turn)
  }
  return turns
}

export function bodyOf(
  model: string,
  generation: Generation,
  { messages, tools = [], output, maxTokens }: ModelRequest,
): object {
  // A conversation with calls is refused where their tools are not declared.
  const spoken = tools.length === 0 ? withoutTools(messages) : messages
  const system = spoken.flatMap(({ role, content }) => (role === 'system' && content !== '' ? [content] : []))
  const thinking = generation.thinks ? THINKING_TOKENS : 0
  const byTool = output !== undefined && !generation.takesSchema
  const declared = [
    ...tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
    ...(byTool ? [{ name: ANSWER_TOOL, description: 'Gives the answer.', input_schema: output.schema }] : []),
  ]
  return {
    model,
    max_tokens: maxTokens === undefined ? generation.answerTokens : maxTokens + thinking,
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    messages: turnsOf(spoken),
    stream: true,
    ...(generation.takesTemperature ? { temperature: 0 } : {}),
    ...(declared.length === 0 ? {} : { tools: declared }),
    ...(byTool ? { tool_choice: tools.length === 0 ? { type: 'tool', name: ANSWER_TOOL } : { type: 'any' } } : {}),
    ...(output === undefined || byTool
      ? {}
      : { output_config: { format: { type: 'json_schema', schema: output.schema } } }),
  }
}

/** What a model may think, in tokens, besides what it may write. */
const THINKING_TOKENS = 8192
