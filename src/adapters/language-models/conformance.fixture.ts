// What each provider is asked for and answers in its own wire format, for the conformance tests. A further one is one more row.
import { anthropicRefusal, startAnthropicServer } from '../../../test/anthropic-server.ts'
import type { Asked, ModelServer, Reply, Responder } from '../../../test/model-server.ts'
import { ollamaRefusal, startOllamaServer } from '../../../test/ollama-server.ts'
import { refusal, startOpenAiServer } from '../../../test/openai-server.ts'
import type { LanguageModel, ModelMessage } from '../../core/ports/language-models.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { languageModels } from './registry.ts'

export const KEY = 'sk-planted-0123456789abcdef'

export interface Settings {
  readonly contextWindow?: number
  readonly limits?: { readonly connect: number; readonly idle: number; readonly total: number }
}

export interface Row {
  readonly provider: string
  readonly start: (reply: Reply | Responder) => Promise<ModelServer>
  readonly refusal: (status: number, message: string, headers?: Readonly<Record<string, string>>) => Reply
  readonly create: (url: string, settings: Settings, logger: Logger) => LanguageModel
  /** undefined: the provider has none. */
  readonly keyVariable: string | undefined
  readonly modelVariable: string
  readonly addressVariable: string
  /** Its words for an answer that was cut off; undefined: it has none. */
  readonly finish: { readonly length: string; readonly filtered: string | undefined }
  /** What it says where a model takes no tools, and no schema. */
  readonly noTools: Reply
  readonly noSchema: Reply
  readonly sent: {
    readonly tools: (asked: Asked) => unknown
    readonly conversation: object
    readonly schema: (asked: Asked) => unknown
    readonly limit: (asked: Asked) => unknown
  }
}

export const SCHEMA = {
  type: 'object',
  properties: { query: { type: 'string' } },
  required: ['query'],
  additionalProperties: false,
} as const
export const TOOL = { name: 'search', description: 'Searches.', parameters: SCHEMA } as const

export const CONVERSATION: ModelMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Why?' },
  {
    role: 'assistant',
    content: 'I look.',
    toolCalls: [
      { id: 'a1', name: 'search', arguments: '{"query":"rain"}' },
      { id: 'a2', name: 'search', arguments: 'no JSON' },
    ],
  },
  { role: 'tool', callId: 'a1', name: 'search', content: 'It rains.' },
  { role: 'tool', callId: 'a2', name: 'search', content: 'Nothing.' },
]

const [openai, anthropic, ollama] = await Promise.all([
  languageModels.openai(),
  languageModels.anthropic(),
  languageModels.ollama(),
])

const path = (body: unknown, ...keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body)

export const functions = [{ type: 'function', function: TOOL }]

export const ROWS: Row[] = [
  {
    provider: 'openai',
    start: startOpenAiServer,
    refusal,
    create: (baseUrl, settings, logger) =>
      openai.create({ baseUrl, apiKey: KEY, model: 'm', pause: 1, ...settings }, { fetch, logger }),
    keyVariable: 'OPENAI_API_KEY',
    modelVariable: 'OPENAI_MODEL',
    addressVariable: 'OPENAI_BASE_URL',
    finish: { length: 'length', filtered: 'content_filter' },
    noTools: refusal(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    noSchema: refusal(400, "'response_format' of type 'json_schema' is not supported with this model"),
    sent: {
      tools: ({ body }) => body['tools'],
      conversation: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { id: 'a1', type: 'function', function: { name: 'search', arguments: '{"query":"rain"}' } },
            { id: 'a2', type: 'function', function: { name: 'search', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a1', content: 'It rains.' },
        { role: 'tool', tool_call_id: 'a2', content: 'Nothing.' },
      ],
      schema: ({ body }) => path(body, 'response_format', 'json_schema', 'schema'),
      limit: ({ body }) => body['max_tokens'],
    },
  },
  {
    provider: 'anthropic',
    start: startAnthropicServer,
    refusal: anthropicRefusal,
    create: (baseUrl, settings, logger) =>
      anthropic.create({ baseUrl, apiKey: KEY, model: 'm', pause: 1, ...settings }, { fetch, logger }),
    keyVariable: 'ANTHROPIC_API_KEY',
    modelVariable: 'ANTHROPIC_MODEL',
    addressVariable: 'ANTHROPIC_BASE_URL',
    finish: { length: 'max_tokens', filtered: 'refusal' },
    noTools: anthropicRefusal(400, 'tools: this model does not support tool use'),
    noSchema: anthropicRefusal(400, 'output_config: structured outputs are not supported by this model'),
    sent: {
      tools: ({ body }) => body['tools'],
      conversation: [
        { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'a1', name: 'search', input: { query: 'rain' } },
            { type: 'tool_use', id: 'a2', name: 'search', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a1', content: 'It rains.' },
            { type: 'tool_result', tool_use_id: 'a2', content: 'Nothing.' },
          ],
        },
      ],
      schema: ({ body }) => path(body, 'output_config', 'format', 'schema'),
      // A model that thinks needs room for that.
      limit: ({ body }) => Number(body['max_tokens']) - 8192,
    },
  },
  {
    provider: 'ollama',
    start: startOllamaServer,
    refusal: ollamaRefusal,
    create: (baseUrl, settings, logger) =>
      ollama.create({ baseUrl, model: 'm', pause: 1, ...settings }, { fetch, logger }),
    keyVariable: undefined,
    modelVariable: 'OLLAMA_MODEL',
    addressVariable: 'OLLAMA_BASE_URL',
    finish: { length: 'length', filtered: undefined },
    noTools: ollamaRefusal(400, 'registry.ollama.ai/library/m does not support tools'),
    noSchema: ollamaRefusal(400, 'format: this model does not support a schema'),
    sent: {
      tools: ({ body }) => body['tools'],
      conversation: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { function: { name: 'search', arguments: { query: 'rain' } } },
            { function: { name: 'search', arguments: {} } },
          ],
        },
        { role: 'tool', tool_name: 'search', content: 'It rains.' },
        { role: 'tool', tool_name: 'search', content: 'Nothing.' },
      ],
      schema: ({ body }) => body['format'],
      limit: ({ body }) => path(body, 'options', 'num_predict'),
    },
  },
]
