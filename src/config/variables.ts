import type { z } from 'zod'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import {
  boolean,
  bytes,
  collection,
  decimal,
  host,
  integer,
  list,
  modelName,
  oneOf,
  origin,
  secret,
  text,
  url,
} from './parsers.ts'

/** One environment variable: what it means, how it is read, and what it is when nobody sets it. */
export interface Variable<T = unknown> {
  readonly meaning: string
  readonly schema: z.ZodType<T, string>
  /** Read through `schema` when the variable is unset; null: the value is then undefined. */
  readonly fallback: string | null
  /** What the docs say in place of `fallback`, where that alone would not tell. */
  readonly shown?: string
  /** Never printed; may come from a file by NAME_FILE. */
  readonly secret?: true
  /** Older name of the same variable. */
  readonly alias?: string
}

type Extras = Pick<Variable, 'shown' | 'secret' | 'alias'>

const set = <T>(schema: z.ZodType<T, string>, fallback: string, meaning: string, extras: Extras = {}): Variable<T> => ({
  meaning,
  schema,
  fallback,
  ...extras,
})

const unset = <T>(schema: z.ZodType<T, string>, meaning: string, extras: Extras = {}): Variable<T | undefined> => ({
  meaning,
  schema,
  fallback: null,
  ...extras,
})

const SECONDS = integer(1, 86_400)
const SECRET = { secret: true } as const

/** All variables, in the order of the docs. The group headings are those of docs/configuration.md. */
export const GROUPS = {
  Server: {
    PORT: set(integer(0, 65_535), '8000', 'Port to listen on; 0 takes a free one.'),
    HOST: set(host(), '127.0.0.1', 'Address to listen on. Open mode listens on this machine only.'),
    ENVIRONMENT: set(
      oneOf('development', 'production'),
      'development',
      'Production refuses to start in open mode and logs JSON.',
    ),
    DEBUG: set(boolean(), 'false', 'Logs details of errors; clients never see them.'),
    LOG_LEVEL: set(oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info', 'Least important lines that are logged.'),
    AUTH_MODE: set(
      oneOf('open', 'required'),
      'open',
      'In open mode whoever uses this machine is the administrator; `required` asks everybody to log in.',
    ),
    CORS_ORIGINS: set(
      list(origin()),
      'http://localhost:3000,http://localhost:3001,http://localhost:5173',
      'Web origins whose pages may call the API, exact, separated by commas. `*` is refused in open mode.',
    ),
    CORS_ALLOW_CREDENTIALS: set(boolean(), 'false', 'Lets those pages send credentials; not together with `*`.'),
    REQUEST_TIMEOUT: set(SECONDS, '30', 'Seconds to receive a request, and to answer it.'),
    QUERY_TIMEOUT: set(SECONDS, '30', 'Seconds for one search or answer.'),
    MAX_CONCURRENT_REQUESTS: set(
      integer(1, 100_000),
      '100',
      'Requests at work at the same time. Four times as many wait for their turn; more get 503 with Retry-After.',
    ),
    MAX_CONNECTIONS: set(integer(1, 1_000_000), '4096', 'Connections at the same time; more are closed at once.'),
    HEALTH_CHECK_INTERVAL: set(SECONDS, '30', 'Seconds for which the result of a health probe is used again.'),
    HEALTH_CHECK_TIMEOUT: set(SECONDS, '2', 'Seconds that each health probe may take.'),
  },
  Storage: {
    DATA_DIR: set(
      text(),
      './data',
      'Folder of everything that is stored; relative to where the program is started. One server at a time holds it.',
    ),
    SQLITE_DB_PATH: unset(text(), 'The SQLite file.', { shown: '`$DATA_DIR/evident.db`' }),
    DATABASE_URL: unset(url('postgres', 'postgresql'), 'PostgreSQL in the place of SQLite.', SECRET),
    POSTGRES_HOST: unset(host(), 'The same in parts: used when DATABASE_URL is unset.'),
    POSTGRES_PORT: set(integer(1, 65_535), '5432', 'Port of POSTGRES_HOST.'),
    POSTGRES_DB: set(text(), 'evident', 'Database on POSTGRES_HOST.'),
    POSTGRES_USER: set(text(), 'evident', 'User on POSTGRES_HOST.'),
    POSTGRES_PASSWORD: unset(text(), 'Password on POSTGRES_HOST.', SECRET),
    CITATIONS_OF_DELETED: set(
      oneOf('keep', 'remove'),
      'keep',
      'What happens to stored answers when a document that they quote is deleted: they keep it, or lose what they drew from it.',
    ),
    AUDIT_RETENTION_DAYS: set(
      integer(0, 36_500),
      '365',
      'Days that entries of the audit log are kept: sign-ins, administration, deletions. 0 keeps them for ever.',
    ),
    MAX_HISTORY_ENTRIES: set(
      integer(0, 100_000_000),
      '10000',
      'Questions with their answers that the history of each person keeps, the newest ones; chats are not touched. 0 keeps all.',
    ),
  },
  'Documents and search': {
    MAX_UPLOAD_BYTES: set(bytes(1), '5242880', 'Size of the largest file, in bytes (5 MiB).'),
    UPLOAD_WAIT: set(
      integer(0, 3600),
      '10',
      'Seconds that an upload waits for its words to be searchable before it answers 202.',
    ),
    EMBEDDING_PROVIDER: unset(
      oneOf('local', 'openai', 'ollama'),
      'Who makes the vectors: `local` ships with the package, `openai` is OpenAI or any server that speaks its API, `ollama` is Ollama. Where there are documents, leave it unset and change the model with `evident migrate embeddings`, so that searches find by meaning all the while.',
      { shown: 'that of the documents, at first `local`' },
    ),
    LOCAL_EMBEDDING_MODEL: unset(
      oneOf(...SHIPPED_MODELS),
      'The local model: `bge-small-en-v1.5` reads English, `multilingual-e5-small` about a hundred languages. Where there are documents, change it with `evident migrate embeddings`.',
      { shown: 'the one of the documents, at first `bge-small-en-v1.5`' },
    ),
    EMBEDDING_THREADS: unset(integer(1, 256), 'Threads that embed documents; at most as many embed questions.', {
      shown: 'by the number of cores',
    }),
    EMBEDDING_CACHE_SIZE: set(integer(0, 10_000_000), '10000', 'Embeddings of questions that are kept in memory.'),
    EMBEDDING_MODEL: unset(
      modelName(),
      'Name of the remote embedding model, as its service calls it; with `openai`, OPENAI_EMBEDDING_MODEL goes before it.',
    ),
    EMBEDDING_DIM: unset(
      integer(1, 16_384),
      'Length of the vectors that the remote model is asked for, where it can make shorter ones.',
      { shown: 'the model’s own' },
    ),
    EMBEDDING_MAX_TOKENS: unset(
      integer(64, 1_000_000),
      'Tokens that the remote model reads of a text; longer ones are cut. 512 where the model is not known.',
      { shown: 'by model' },
    ),
    EMBEDDING_BATCH_SIZE: set(integer(1, 10_000), '64', 'Texts in one call to a remote model.'),
    RESULTS_PER_DOCUMENT: set(
      integer(1, 100),
      '3',
      'Passages of one document in a page of results. An answer is given more of them where no other document has anything about as good.',
    ),
    NEAR_DUPLICATES: set(
      oneOf('hide', 'show'),
      'hide',
      'Of passages that say the same, copies or pages that differ in their frame, `hide` shows the best and names the others.',
    ),
    MAX_INDEX_MEMORY: unset(bytes(1_048_576), 'Memory that the search index may take, in bytes.', {
      shown: 'half of the memory',
    }),
    VECTOR_SEARCH_THRESHOLD: set(decimal(0, 1), '0', 'Results below this relevance are left out.', {
      alias: 'SIMILARITY_THRESHOLD',
    }),
    MAX_VECTOR_RESULTS: set(integer(1, 1000), '10', 'Results of a search that names no number.', {
      alias: 'MAX_SEARCH_RESULTS',
    }),
  },
  Answers: {
    MAX_QUESTION_CHARS: set(integer(1, 1_000_000), '16000', 'Length of the longest question, in characters.'),
    CONFIDENCE_THRESHOLD: unset(decimal(0, 1), 'Answers below this confidence are withheld: the system abstains.', {
      shown: 'calibrated with the answerer',
    }),
    MAX_CONTEXT_TOKENS: unset(
      integer(1024, 10_000_000),
      'The language model’s window: tokens of rules, evidence, chat and answer together. 8192 for Ollama and local models, and where the model is not known.',
      { shown: 'by model' },
    ),
    LLM_PROVIDER: set(
      oneOf('auto', 'extractive', 'openai', 'anthropic', 'ollama', 'local'),
      'auto',
      'Who writes the answers; `auto` takes the first of openai, anthropic, ollama and local that is configured, and with none quotes the sources.',
    ),
    LLM_FALLBACK: unset(
      list(oneOf('none', 'extractive', 'openai', 'anthropic', 'ollama', 'local')),
      'Providers to try in order when the first fails before it has written anything; `extractive` quotes the sources, `none` lets the answer fail. The texts of an answer go to each that is tried.',
      { shown: 'the configured ones, then `extractive`' },
    ),
    ANSWER_STRICT: set(
      boolean(),
      'false',
      'Drops sentences that no source supports; text then comes a sentence at a time.',
    ),
    ANSWER_GENERAL_KNOWLEDGE: set(
      boolean(),
      'false',
      'Lets the language model answer what the documents do not, marked as such. Not together with ANSWER_STRICT.',
    ),
    ANSWER_SEARCH_STEPS: set(
      integer(0, 50),
      '6',
      'How often a language model that can call tools may look further before it answers; 0 answers from one search.',
    ),
    STREAM_GRACE: set(integer(0, 3600), '30', 'Seconds that an answer goes on when its last reader has gone.'),
    CACHE_TTL: set(
      integer(0, 31_536_000),
      '3600',
      'Seconds that an answer or a search result is kept for the same question; a change to a document ends it at once. 0 keeps none.',
    ),
    MAX_CACHE_SIZE: set(
      integer(0, 10_000_000),
      '1000',
      'Answers and search results that are kept in memory; with a Redis so many of each owner there, too.',
    ),
  },
  'Language models': {
    OPENAI_API_KEY: unset(text(), 'Key for OpenAI, or for any server that speaks its API.', SECRET),
    OPENAI_BASE_URL: unset(
      url('http', 'https'),
      'Address of another server than OpenAI’s (vLLM, llama.cpp, LM Studio …) with its version, as in `http://127.0.0.1:8080/v1`; of Azure `https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT?api-version=VERSION`. It needs no key if the server asks for none.',
      { shown: '`https://api.openai.com/v1`' },
    ),
    OPENAI_MODEL: unset(text(), 'Model that answers; needed with OPENAI_BASE_URL.', { shown: '`gpt-4o-mini`' }),
    OPENAI_EMBEDDING_MODEL: unset(
      modelName(),
      'Model that makes vectors; needed with OPENAI_BASE_URL where EMBEDDING_PROVIDER is `openai`.',
      { shown: '`text-embedding-3-small`' },
    ),
    ANTHROPIC_API_KEY: unset(text(), 'Key for Anthropic.', SECRET),
    ANTHROPIC_BASE_URL: unset(
      url('http', 'https'),
      'Address of a gateway that speaks Anthropic’s Messages API, without its version.',
      { shown: '`https://api.anthropic.com`' },
    ),
    ANTHROPIC_MODEL: unset(text(), 'Model that answers.', { shown: '`claude-haiku-4-5`' }),
    OLLAMA_BASE_URL: unset(url('http', 'https'), 'Address of Ollama.', { shown: '`http://127.0.0.1:11434`' }),
    OLLAMA_MODEL: unset(text(), 'Model that answers; with it Ollama is configured. It must have been pulled.'),
    LOCAL_LLM_MODEL: unset(
      text(),
      'GGUF file of a model that answers, run by llama.cpp in this process; relative to where the program is started. It needs the package node-llama-cpp ([Language models](language-models.md#a-model-in-this-process)).',
    ),
    LOCAL_LLM_THREADS: unset(integer(1, 256), 'Threads that the local model computes with.', {
      shown: 'all cores but one',
    }),
    RERANKER: set(
      oneOf('none', 'cohere', 'jina'),
      'none',
      'A remote service that orders the best passages anew: Cohere, Jina, or any server that speaks the API of one of them (vLLM, llama.cpp, Infinity, LiteLLM … speak Jina’s).',
    ),
    RERANKER_URL: unset(
      url('http', 'https'),
      'Address of another server than theirs, with its version, as in `http://127.0.0.1:8080/v1`.',
      { shown: 'by RERANKER' },
    ),
    RERANKER_API_KEY: unset(text(), 'Its key.', SECRET),
    RERANKER_MODEL: unset(text(), 'Its model; needed with RERANKER_URL.', {
      shown: '`rerank-v3.5`, `jina-reranker-v2-base-multilingual`',
    }),
  },
  'Other services': {
    MILVUS_HOST: unset(
      host(),
      'Milvus (2.3.5 or later) for vectors, beside the database, which stays the truth ([Milvus](milvus.md)). It needs the package @zilliz/milvus2-sdk-node. While it is away the embedded index goes on.',
    ),
    MILVUS_PORT: set(integer(1, 65_535), '19530', 'Its port.'),
    MILVUS_TOKEN: unset(text(), 'Its token: a key, or `user:password`.', SECRET),
    MILVUS_TLS: set(boolean(), 'false', 'Whether it is spoken to over TLS.'),
    MILVUS_CA_PATH: unset(text(), 'PEM file of the authority that signed its certificate.', {
      shown: 'those that Node.js knows',
    }),
    MILVUS_COLLECTION: set(
      collection(),
      'evident',
      'What the names of its collections begin with; each database and each model has its own.',
    ),
    MILVUS_INDEX: set(
      oneOf('HNSW', 'IVF_FLAT', 'AUTOINDEX'),
      'HNSW',
      'Index of its collection. One of another kind is made anew at the start.',
    ),
    MILVUS_FULL_TEXT: set(
      boolean(),
      'true',
      'Whether words are looked for there as well, where the server can (2.4 or later).',
    ),
    MILVUS_TIMEOUT: set(
      integer(1, 60),
      '2',
      'Seconds that a search in Milvus may take; then the embedded index searches.',
    ),
    REDIS_URL: unset(
      url('redis', 'rediss'),
      'Redis (6 or later, or what speaks as it does) for what several instances share: `redis://user:password@host:6379/0`, with TLS `rediss://…`. While it is away each instance goes on by itself.',
      SECRET,
    ),
    REDIS_HOST: unset(host(), 'The same in parts, without TLS: used when REDIS_URL is unset.'),
    REDIS_PORT: set(integer(1, 65_535), '6379', 'Port of REDIS_HOST.'),
    REDIS_PASSWORD: unset(text(), 'Password of REDIS_HOST.', SECRET),
    REDIS_DB: set(integer(0, 65_535), '0', 'Database number on REDIS_HOST.'),
    WEB_SEARCH_PROVIDER: unset(
      oneOf('google', 'brave', 'tavily', 'searxng'),
      'Who searches the web for questions that ask for it (`web_search_enabled`), with the settings below that are its own. A key alone switches nothing on.',
      { shown: 'off' },
    ),
    GOOGLE_API_KEY: unset(text(), 'Key for the Custom Search JSON API.', SECRET),
    GOOGLE_CSE_ID: unset(text(), 'Id of the Programmable Search Engine that it searches with.'),
    BRAVE_API_KEY: unset(text(), 'Key for the Brave Search API.', SECRET),
    TAVILY_API_KEY: unset(text(), 'Key for Tavily.', SECRET),
    SEARXNG_URL: unset(
      url('http', 'https'),
      'Where the page of a SearXNG of your own is, as in `http://127.0.0.1:8888`. Its settings must have `json` among `search.formats`.',
    ),
  },
  'Accounts and limits': {
    JWT_SECRET_KEY: unset(secret(32), 'Signs the tokens of log-ins; at least 32 characters.', {
      shown: 'made in DATA_DIR',
      alias: 'SECRET_KEY',
      ...SECRET,
    }),
    ACCESS_TOKEN_EXPIRE_MINUTES: set(integer(1, 5_256_000), '43200', 'Minutes that a log-in lasts (30 days).'),
    GOOGLE_CLIENT_ID: unset(text(), 'Our client id at Google: lets people sign in with Google.'),
    RATE_LIMIT_REQUESTS: set(
      integer(0, 10_000_000),
      '120',
      'Requests of one caller (or of one address that nobody is signed in from) in a window; 0 is no limit. The local administrator and health probes have none.',
    ),
    RATE_LIMIT_WINDOW: set(SECONDS, '60', 'Seconds of that window.'),
    MAX_ANSWERS_PER_USER: set(
      integer(0, 100_000),
      '20',
      'Answers that one caller may have made at the same time, in chats, streams and WebSockets together; more get 429. 0 is no limit. The local administrator has none.',
    ),
    WS_HEARTBEAT_INTERVAL: set(
      SECONDS,
      '30',
      'Seconds between heartbeats of a WebSocket; a client that leaves one unanswered is disconnected.',
    ),
    WS_MAX_CONNECTIONS: set(integer(0, 1_000_000), '1000', 'WebSockets at the same time; more get 503. 0 takes none.'),
    WS_TIMEOUT: set(SECONDS, '300', 'Seconds after which a WebSocket that sends no message is closed.'),
    SSL_CERT_PATH: unset(
      text(),
      'Certificate (PEM, with those that lead to its authority): serves HTTPS in place of HTTP. Renewed files are taken up without a restart.',
    ),
    SSL_KEY_PATH: unset(text(), 'Its key (PEM, without a passphrase).'),
    FORCE_HTTPS: set(
      boolean(),
      'false',
      'Answers HTTPS only, of its own or of a proxy that sends X-Forwarded-Proto, and tells browsers to use no other (HSTS).',
    ),
  },
} as const satisfies Record<string, Record<string, Variable>>

/** Families of variables that are named in the warning at start and otherwise left alone. */
export const PREFIXES = {
  OTEL_: 'Export of traces and metrics (the standard variables).',
  FEATURE_: 'Switches of single features.',
  STRIPE_: 'Placeholder of the earlier system.',
  KAFKA_: 'Placeholder of the earlier system.',
  ELASTICSEARCH_: 'Placeholder of the earlier system.',
  MONGODB_: 'Placeholder of the earlier system.',
} as const

export const VARIABLES = {
  ...GROUPS.Server,
  ...GROUPS.Storage,
  ...GROUPS['Documents and search'],
  ...GROUPS.Answers,
  ...GROUPS['Language models'],
  ...GROUPS['Other services'],
  ...GROUPS['Accounts and limits'],
} as const

export type VariableName = keyof typeof VARIABLES

/** The value of each variable, as its schema gives it. */
export type Values = {
  readonly [K in VariableName]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never
}
