import { startModelServer } from './model-server.ts'
import type { ModelServer, Reply, Responder, WireFormat } from './model-server.ts'

/** Ollama's own chat API. */
export const startOllamaServer = (initial: Reply | Responder): Promise<ModelServer> => startModelServer(FORMAT, initial)

/** A refusal as Ollama words one. */
export const ollamaRefusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({ status, headers, body: { error: message } })

const FORMAT: WireFormat = {
  base: '',
  path: '/api/chat',
  contentType: 'application/x-ndjson',
  pages: { '/api/tags': { models: [{ name: 'm:latest', model: 'm:latest', size: 1 }] } },
  writing(body) {
    const line = (fields: object): string =>
      `${JSON.stringify({ model: body.model, created_at: '2025-01-01T00:00:00Z', ...fields })}\n`
    return {
      begin: () => '',
      text: (content) => line({ message: { role: 'assistant', content }, done: false }),
      call: ({ name, arguments: given }) => {
        const tool = { function: { name, arguments: JSON.parse(given) as unknown } }
        return line({ message: { role: 'assistant', content: '', tool_calls: [tool] }, done: false })
      },
      error: ({ message }) => `${JSON.stringify({ error: message })}\n`,
      end: (reason, { prompt, completion }) =>
        line({
          message: { role: 'assistant', content: '' },
          done: true,
          done_reason: reason ?? 'stop',
          total_duration: 1,
          prompt_eval_count: prompt,
          eval_count: completion,
        }),
    }
  },
}
