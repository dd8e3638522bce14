import type { ChatFunctionCall, ChatHistoryItem, ChatModelFunctions } from './library.ts'
import type { ModelMessage, Tool } from '../../../core/ports/language-models.ts'
import { argumentsOf } from '../tools.ts'

/**
 * The conversation as node-llama-cpp has it: what came of a call stands in the call, and all that the model says between
 * two messages of others, calls among it, is one answer. The last one is that which the model is to go on with.
 */
export function chatHistoryOf(messages: readonly ModelMessage[]): readonly ChatHistoryItem[] {
  const results = new Map(messages.flatMap((said) => (said.role === 'tool' ? [[said.callId, said.content]] : [])))
  const history: ChatHistoryItem[] = []
  let answer: (string | ChatFunctionCall)[] | undefined
  const answering = (): (string | ChatFunctionCall)[] => {
    if (answer === undefined) history.push({ type: 'model', response: (answer = []) })
    return answer
  }
  for (const said of messages) {
    if (said.role === 'tool') continue
    if (said.role === 'assistant') {
      const response = answering()
      if (said.content !== '') response.push(said.content)
      for (const [i, call] of (said.toolCalls ?? []).entries()) {
        response.push({
          type: 'functionCall',
          name: call.name,
          params: argumentsOf(call),
          result: results.get(call.id) ?? '',
          startsNewChunk: i === 0,
        })
      }
    } else {
      history.push({ type: said.role, text: said.content })
      answer = undefined
    }
  }
  answering()
  return history
}

/** undefined: there are none. */
export function functionsOf(tools: readonly Tool[] = []): ChatModelFunctions | undefined {
  if (tools.length === 0) return undefined
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [name, { description, params: parameters }]),
  )
}
