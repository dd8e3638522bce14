/** What is known of a remote model that its service does not say. */
export interface KnownModel {
  /** Tokens that it reads of a text; special ones and the prefix included. */
  readonly window: number
  readonly prefixes: Prefixes
  /** Length of its vectors where its maker publishes it. */
  readonly dimension?: number
  /** Whether it makes shorter vectors when asked to; undefined: to be tried. */
  readonly shortens?: boolean
}

/** What stands before a text, as the model was trained. */
export interface Prefixes {
  readonly query: string
  readonly document: string
}

const NONE: Prefixes = { query: '', document: '' }
const SENTENCE: Prefixes = { query: 'Represent this sentence for searching relevant passages: ', document: '' }

/** By the beginnings of their names, without the maker's; the first that fits. From the models' own cards. */
const KNOWN: readonly (readonly [RegExp, Partial<KnownModel>])[] = [
  [/^text-embedding-3-small/, { window: 8191, dimension: 1536, shortens: true }],
  [/^text-embedding-3-large/, { window: 8191, dimension: 3072, shortens: true }],
  [/^text-embedding-ada-002/, { window: 8191, dimension: 1536, shortens: false }],
  [/^nomic-embed-text/, { window: 2048, prefixes: { query: 'search_query: ', document: 'search_document: ' } }],
  [/^mxbai-embed/, { window: 512, prefixes: SENTENCE }],
  [/^snowflake-arctic-embed-?(?:2|[lm]-v2)/, { window: 8192, prefixes: { query: 'query: ', document: '' } }],
  [/^snowflake-arctic-embed/, { window: 512, prefixes: SENTENCE }],
  [/^bge-m3/, { window: 8192 }],
  [/^bge-(?:small|base|large)-en/, { window: 512, prefixes: SENTENCE }],
  [/^bge-/, { window: 512 }],
  [/^(?:multilingual-)?e5-/, { window: 512, prefixes: { query: 'query: ', document: 'passage: ' } }],
  [/^all-minilm/, { window: 256 }],
  [
    /^embeddinggemma/,
    { window: 2048, prefixes: { query: 'task: search result | query: ', document: 'title: none | text: ' } },
  ],
  [
    /^qwen3-embedding/,
    {
      window: 32_768,
      prefixes: {
        query: 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:',
        document: '',
      },
    },
  ],
]

/** Nearly every model reads so much; one that does not says so, and EMBEDDING_MAX_TOKENS says it better. */
const UNKNOWN_WINDOW = 512

export function knownModel(model: string): KnownModel {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  const known = KNOWN.find(([pattern]) => pattern.test(name))?.[1]
  return { window: UNKNOWN_WINDOW, prefixes: NONE, ...known }
}
