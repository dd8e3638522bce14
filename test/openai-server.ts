import { spoken, startModelServer } from './model-server.ts'
import type { ChatBody, Counts, ModelServer, Reply, Responder, WireFormat } from './model-server.ts'

/**
 * OpenAI's chat completions. Started by itself (`node test/openai-server.ts --gap 20 --tokens 60`) it prints its base URL
 * and answers everybody at that pace, for benches that want it in a process of its own.
 */

export { inTurn, spoken } from './model-server.ts'
export type { ModelServer as OpenAiServer, Reply, Responder, Step } from './model-server.ts'

/** A refusal as OpenAI words one. */
export const refusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  type = 'invalid_request_error',
): Reply => ({ status, headers, body: { error: { message, type, param: null, code: null } } })

export const startOpenAiServer = (
  initial: Reply | Responder = spoken('The sources say so [1].'),
  options: { readonly port?: number } = {},
): Promise<ModelServer> => startModelServer(FORMAT, initial, options)

const MODEL = 'test-model'

const usageOf = ({ prompt, completion }: Counts) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

const FORMAT: WireFormat = {
  base: '/v1',
  path: '/v1/chat/completions',
  contentType: 'text/event-stream; charset=utf-8',
  pages: { '/v1/models': { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'test' }] } },
  writing(body) {
    const withUsage = body.stream_options?.include_usage === true
    const head = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1_700_000_000, model: body.model }
    const sent = (fields: object): string =>
      `data: ${JSON.stringify({ ...head, ...(withUsage ? { usage: null } : {}), ...fields })}\n\n`
    const choice = (delta: object, reason: string | null = null): string =>
      sent({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })
    let calls = 0
    return {
      begin: () => choice({ role: 'assistant', content: '' }),
      text: (content) => choice({ content }),
      call({ id, name, arguments: given }) {
        const index = calls++
        const piece = (fields: object): string => choice({ tool_calls: [{ index, ...fields }] })
        const middle = Math.ceil(given.length / 2)
        return [
          piece({ id, type: 'function', function: { name, arguments: '' } }),
          piece({ function: { arguments: given.slice(0, middle) } }),
          piece({ function: { arguments: given.slice(middle) } }),
        ].join('')
      },
      error: (error) => `data: ${JSON.stringify({ error })}\n\n`,
      end: (reason, counts) =>
        [
          choice({}, reason ?? (calls > 0 ? 'tool_calls' : 'stop')),
          withUsage ? sent({ choices: [], usage: usageOf(counts) }) : '',
          'data: [DONE]\n\n',
        ].join(''),
    }
  },
  whole: (body: ChatBody, content, counts) => ({
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(counts),
  }),
}

function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? fallback : Number(process.argv[at + 1])
}

if (import.meta.main) {
  const gap = argument('gap', 20)
  // The first token comes at once, so many follow.
  const text = `The sources say so [1].${' and so on'.repeat(Math.ceil(argument('tokens', 60) / 3))}`
  const words = text.match(/\s*\S+/g) ?? []
  const answer = words.slice(0, argument('tokens', 60) + 1).join('')
  const server = await startOpenAiServer(spoken(answer, gap), { port: argument('port', 0) })
  console.log(server.url)
}
