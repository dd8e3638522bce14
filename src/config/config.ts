import type { Values } from './variables.ts'

/** Everything that the environment decides, checked and frozen. Times are in milliseconds, sizes in bytes. */
export interface Config {
  /** Version of this package. */
  readonly version: string
  readonly environment: 'development' | 'production'
  readonly debug: boolean
  readonly logLevel: Values['LOG_LEVEL']
  readonly http: {
    /** A name or address of this machine; 0 as port takes a free one. */
    readonly host: string
    readonly port: number
    readonly corsOrigins: readonly string[]
    readonly corsCredentials: boolean
    /** Absolute paths of PEM files; undefined: plain HTTP. */
    readonly tls: { readonly certificate: string; readonly key: string } | undefined
    readonly forceHttps: boolean
    readonly requestTimeout: number
    readonly maxConcurrentRequests: number
    readonly maxConnections: number
    readonly stallTimeout: number
    /** Of the bodies of all requests together. */
    readonly maxBodyMemory: number
    /** undefined: no limit. */
    readonly rateLimit: { readonly requests: number; readonly window: number } | undefined
  }
  readonly auth: {
    readonly mode: Values['AUTH_MODE']
    /** Signs the tokens of log-ins; undefined: one is made in the data folder. */
    readonly secret: string | undefined
    readonly sessionLifetime: number
    readonly googleClientId: string | undefined
  }
  /** Absolute. */
  readonly dataDir: string
  readonly database:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: string }
  /** Address of a Redis with its name, password and database number; undefined: none, each process has its own memory. */
  readonly redis: string | undefined
  /** The SQLite file, also where PostgreSQL takes its place: what is moved comes from there. Absolute. */
  readonly sqlitePath: string
  /** undefined: none. */
  readonly milvus: MilvusSettings | undefined
  readonly retention: {
    /** Milliseconds; undefined: for ever. */
    readonly audit: number | undefined
    /** Entries of each person; undefined: all. */
    readonly history: number | undefined
  }
  readonly uploads: { readonly maxBytes: number; readonly wait: number }
  readonly embedding: {
    /** As `core/embedding-model-name.ts` reads it; undefined: the one that the documents are embedded with. */
    readonly model: string | undefined
    /** A model that ships with the package, also where the documents are embedded with another. */
    readonly localOnly: boolean
    /** undefined: as many as suit the machine. */
    readonly threads: number | undefined
    readonly cacheSize: number
    /** Services of remote models; undefined: not set up. Base URLs are up to and with a version. */
    readonly openai: { readonly baseUrl: string; readonly apiKey: string | undefined } | undefined
    readonly ollama: { readonly baseUrl: string } | undefined
    /** Texts in one request to them. */
    readonly batchSize: number
    /** Their window in tokens; undefined: as known of the model. */
    readonly maxTokens: number | undefined
  }
  /** Undefined: none. */
  readonly reranker: Reranking | undefined
  readonly search: {
    readonly resultsPerDocument: number
    /** In bytes; undefined: half of what there is. */
    readonly maxIndexMemory: number | undefined
    readonly hidesNearDuplicates: boolean
    readonly maxResults: number
    /** 0 to 1. */
    readonly threshold: number
    readonly timeout: number
  }
  readonly answers: {
    readonly maxQuestionChars: number
    /** Whether stored answers keep what they quoted of documents that are deleted. */
    readonly keepsDeletedCitations: boolean
    /** 0 to 1; undefined: as calibrated with the answerer. */
    readonly confidenceThreshold: number | undefined
    /** Answers that each person may have made at once; undefined: no limit. */
    readonly perUser: number | undefined
    /** That an answer goes on when its last reader has gone. */
    readonly streamGrace: number
    readonly strict: boolean
    readonly generalKnowledge: boolean
    /** Times that a model with tools may look further; 0: it may not. */
    readonly searchSteps: number
    /** In the order in which they are asked; none: answers are quoted. */
    readonly writers: readonly Writer[]
    /** Whether an answer is quoted where none of them can write. */
    readonly quotesInstead: boolean
  }
  /** Who searches the web; undefined: nobody. */
  readonly webSearch: WebSearchSettings | undefined
  readonly sockets: {
    /** Milliseconds between heartbeats. */
    readonly heartbeat: number
    /** Milliseconds without a message. */
    readonly timeout: number
    readonly maxConnections: number
  }
  /** Of answers and search results. */
  readonly cache: { readonly ttl: number; readonly entries: number }
  readonly health: { readonly interval: number; readonly timeout: number }
  /** Sentences for the log of the start: what is set and has no effect. */
  readonly warnings: readonly string[]
  /** What each variable resolved to, in the order of the docs, fit to be printed: secrets are masked. */
  readonly resolved: readonly ResolvedVariable[]
}

export interface MilvusSettings {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  readonly tls: boolean
  /** Absolute path of a PEM file; undefined: the authorities that Node.js knows. */
  readonly ca: string | undefined
  readonly collection: string
  readonly index: Values['MILVUS_INDEX']
  readonly fullText: boolean
  /** Of a search. */
  readonly timeout: number
}

/** A language model that may write the answers. */
export type Writer = RemoteWriter | LocalWriter

export type RemoteWriter = WriterAddress &
  (
    | { readonly provider: 'openai'; readonly apiKey: string | undefined }
    | { readonly provider: 'anthropic'; readonly apiKey: string }
    | { readonly provider: 'ollama' }
  )

/** A model in this process. */
export interface LocalWriter {
  readonly provider: 'local'
  /** Absolute. */
  readonly file: string
  /** Tokens of prompt and answer; undefined: what most machines have the memory for. */
  readonly contextWindow: number | undefined
  /** undefined: by the number of cores. */
  readonly threads: number | undefined
}

interface WriterAddress {
  /** As the provider's own libraries take it: of OpenAI with its version. */
  readonly baseUrl: string
  readonly model: string
  /** Tokens of prompt and answer; undefined: as known of the model. */
  readonly contextWindow: number | undefined
}

export type WebSearchSettings =
  | { readonly provider: 'google'; readonly apiKey: string; readonly engineId: string }
  | { readonly provider: 'brave' | 'tavily'; readonly apiKey: string }
  /** Where its page is. */
  | { readonly provider: 'searxng'; readonly baseUrl: string }

/** Who orders the best passages anew. */
export interface Reranking {
  readonly format: 'cohere' | 'jina'
  /** Up to and with `/rerank`. */
  readonly url: string
  readonly apiKey: string | undefined
  readonly model: string
}

export interface ResolvedVariable {
  readonly name: string
  readonly value: string
  readonly source: 'environment' | '.env' | 'file' | 'default'
}
