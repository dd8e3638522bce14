import type { z } from 'zod'
import type { LanguageModel } from '../../../core/ports/language-models.ts'
import { failuresOf } from '../provider-failure.ts'
import { createRemoteModel } from '../remote-model.ts'
import type { RemoteModelOptions, WireEvent } from '../remote-model.ts'
import { jsonOf, linesOf, mediaTypeOf, wholeText, wrongType } from '../response.ts'
import type { Reading } from '../response.ts'
import { argumentText, newCallId } from '../tools.ts'
import { Line, Pulled, Refusal, bodyOf } from './chat-format.ts'

export interface OllamaModelOptions extends Omit<RemoteModelOptions, 'id' | 'provider' | 'contextWindow'> {
  /** `http://127.0.0.1:11434` */
  readonly baseUrl: string
  readonly model: string
  /** undefined: 8192, for which almost every machine has the memory. */
  readonly contextWindow: number | undefined
}

/** A model may have more; each token of it takes memory from the first question on. */
const WINDOW = 8192

/** Ollama's own chat API, which takes the size of the window; its other one, of OpenAI's format, does not. */
export function createOllamaModel({ baseUrl, model, contextWindow, ...options }: OllamaModelOptions): LanguageModel {
  const base = baseUrl.replace(/\/+$/, '')
  const window = contextWindow ?? WINDOW
  return createRemoteModel(
    {
      headers: {},
      failures: failuresOf(
        {
          key: undefined,
          model: 'OLLAMA_MODEL',
          address: 'OLLAMA_BASE_URL',
          addressHint: 'it looks like http://127.0.0.1:11434',
          absentModel: `If Ollama has not got it yet, run ollama pull ${model}.`,
        },
        undefined,
      ),
      ask: (request) => ({ method: 'POST', url: `${base}/api/chat`, body: bodyOf(model, window, request) }),
      read,
      complaint(body) {
        const parsed = Refusal.safeParse(body)
        return parsed.success ? { message: parsed.data.error } : undefined
      },
      probe: { method: 'GET', url: `${base}/api/tags` },
      async probed(response, reading) {
        if (!response.ok) return 'look at the status'
        const pulled = Pulled.safeParse(jsonOf(await wholeText(response, reading)))
        if (!pulled.success) throw reading.failures.unreadable('it is not in the format of Ollama')
        const name = model.includes(':') ? model : `${model}:latest`
        if (pulled.data.models.some((there) => there.name === name)) return 'fine'
        throw reading.failures.refused(404, { message: '' }, undefined)
      },
    },
    { ...options, id: model, provider: 'ollama', contextWindow: window },
  )
}

async function* read(response: Response, reading: Reading): AsyncGenerator<WireEvent> {
  const type = mediaTypeOf(response)
  if (!type.includes('json')) wrongType(type, reading)
  for await (const text of linesOf(response, reading)) {
    const line = lineOf(text, reading)
    if (typeof line.error === 'string') throw reading.failures.midway({ message: line.error })
    const { message } = line
    if (message?.content) yield { type: 'text', text: message.content }
    for (const { id, function: called } of message?.tool_calls ?? []) {
      const call = { id: id ?? newCallId(), name: called.name, arguments: argumentText(called.arguments) }
      yield { type: 'call', call }
    }
    if (line.done !== true) continue
    if (typeof line.prompt_eval_count === 'number' || typeof line.eval_count === 'number') {
      yield { type: 'tokens', tokens: (line.prompt_eval_count ?? 0) + (line.eval_count ?? 0) }
    }
    yield { type: 'end', reason: line.done_reason === 'length' ? 'length' : 'stop' }
    return
  }
}

function lineOf(text: string, { failures }: Reading): z.output<typeof Line> {
  const line = Line.safeParse(jsonOf(text))
  if (line.success) return line.data
  throw failures.unreadable('it is not in the format of Ollama')
}
