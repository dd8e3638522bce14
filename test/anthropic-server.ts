import { startModelServer } from './model-server.ts'
import type { ModelServer, Reply, Responder, WireFormat } from './model-server.ts'

/** Anthropic's Messages API. */
export const startAnthropicServer = (initial: Reply | Responder): Promise<ModelServer> =>
  startModelServer(FORMAT, initial)

/** A refusal as Anthropic words one. */
export const anthropicRefusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  type = 'invalid_request_error',
): Reply => ({ status, headers, body: { type: 'error', error: { type, message }, request_id: 'req_test' } })

export const sent = (event: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const FORMAT: WireFormat = {
  base: '',
  path: '/v1/messages',
  contentType: 'text/event-stream; charset=utf-8',
  pages: { '/v1/models/m': { type: 'model', id: 'm', display_name: 'M' } },
  writing(body) {
    let index = -1
    let isText = false
    let calls = 0
    const stop = (): string => {
      if (!isText) return ''
      isText = false
      return sent({ type: 'content_block_stop', index })
    }
    return {
      begin: (prompt) =>
        [
          sent({
            type: 'message_start',
            message: {
              id: 'msg_test',
              type: 'message',
              role: 'assistant',
              content: [],
              model: body.model,
              stop_reason: null,
              stop_sequence: null,
              usage: { input_tokens: prompt, output_tokens: 1 },
            },
          }),
          sent({ type: 'ping' }),
        ].join(''),
      text(piece) {
        const begun = isText
          ? ''
          : sent({ type: 'content_block_start', index: ++index, content_block: { type: 'text', text: '' } })
        isText = true
        return begun + sent({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: piece } })
      },
      call({ id, name, arguments: given }) {
        calls++
        const before = stop()
        index++
        const middle = Math.ceil(given.length / 2)
        const piece = (partial: string): string =>
          sent({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: partial } })
        return [
          before,
          sent({ type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } }),
          piece(''),
          piece(given.slice(0, middle)),
          piece(given.slice(middle)),
          sent({ type: 'content_block_stop', index }),
        ].join('')
      },
      error: ({ message, type = 'api_error' }) => sent({ type: 'error', error: { type, message } }),
      end: (reason, { prompt, completion }) =>
        [
          stop(),
          sent({
            type: 'message_delta',
            delta: { stop_reason: reason ?? (calls > 0 ? 'tool_use' : 'end_turn'), stop_sequence: null },
            usage: { input_tokens: prompt, output_tokens: completion },
          }),
          sent({ type: 'message_stop' }),
        ].join(''),
    }
  },
}
