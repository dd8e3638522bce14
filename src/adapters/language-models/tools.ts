import { randomBytes } from 'node:crypto'
import type { ModelMessage, ToolCall } from '../../core/ports/language-models.ts'

/** For a call that its server gave none: unlike that of every other turn. */
export const newCallId = (): string => `call_${randomBytes(9).toString('hex')}`

/** What a model wrote as arguments, as the object that APIs want back; what is none counts as empty. */
export function argumentsOf({ arguments: written }: ToolCall): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(written)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}

/** Arguments as they came, as text: servers send that, an object, or nothing for none. */
export function argumentText(given: unknown): string {
  if (typeof given !== 'string') return JSON.stringify(given ?? {})
  return given.trim() === '' ? '{}' : given
}

/** The same conversation for who knows no tools: what came of them, as text. */
export const withoutTools = (messages: readonly ModelMessage[]): ModelMessage[] =>
  messages.flatMap((message): ModelMessage[] => {
    if (message.role === 'tool') return [{ role: 'user', content: `Result of ${message.name}:\n\n${message.content}` }]
    if (message.role !== 'assistant' || message.toolCalls === undefined) return [message]
    return message.content === '' ? [] : [{ role: 'assistant', content: message.content }]
  })
