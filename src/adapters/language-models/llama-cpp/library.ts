// What we use of node-llama-cpp 3.22. Its own types are there only where the package is installed, which is optional.

export interface ChatFunctionCall {
  readonly type: 'functionCall'
  readonly name: string
  readonly params: unknown
  readonly result: unknown
  readonly startsNewChunk?: boolean
}

export type ChatHistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly (string | ChatFunctionCall)[] }

export type ChatModelFunctions = Readonly<
  Record<string, { readonly description?: string; readonly params?: Readonly<Record<string, unknown>> }>
>

export interface LlamaText {
  tokenize(tokenizer: unknown): readonly number[]
}

interface ChatWrapper {
  generateContextState(options: {
    readonly chatHistory: readonly ChatHistoryItem[]
    readonly availableFunctions?: ChatModelFunctions | undefined
    readonly documentFunctionParams?: boolean
  }): { readonly contextText: LlamaText }
}

interface LlamaGrammar {
  readonly grammar: string
}

export interface LlamaContextSequence {
  readonly tokenMeter: { readonly usedOutputTokens: number }
}

interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaContextSequence
}

interface LlamaModel {
  readonly tokenizer: unknown
  createContext(options: {
    readonly contextSize: number
    readonly sequences: number
    readonly threads: number
    readonly batchSize?: number
    readonly createSignal?: AbortSignal
  }): Promise<LlamaContext>
}

export interface Llama {
  /** false: none, all is done by the processor. */
  readonly gpu: string | false
  readonly cpuMathCores: number
  loadModel(options: { readonly modelPath: string; readonly loadSignal?: AbortSignal }): Promise<LlamaModel>
  createGrammarForJsonSchema(schema: Readonly<Record<string, unknown>>): Promise<LlamaGrammar>
  dispose(): Promise<void>
}

export interface GenerateOptions {
  readonly signal: AbortSignal
  readonly maxTokens: number
  readonly temperature: number
  readonly repeatPenalty: false
  readonly budgets: { readonly thoughtTokens: number }
  readonly contextShift: { readonly strategy: () => never }
  /** Without what it thinks. */
  readonly onTextChunk: (text: string) => void
  readonly grammar?: LlamaGrammar | undefined
  readonly functions?: ChatModelFunctions | undefined
  readonly documentFunctionParams?: boolean | undefined
}

export interface LlamaChat {
  readonly chatWrapper: ChatWrapper
  generateResponse(
    history: readonly ChatHistoryItem[],
    options: GenerateOptions,
  ): Promise<{
    readonly functionCalls?: readonly { readonly functionName: string; readonly params: unknown }[]
    readonly metadata: { readonly stopReason: string }
  }>
}

export interface NodeLlamaCpp {
  getLlama(options: {
    readonly gpu: 'auto' | false
    readonly build: 'never'
    readonly skipDownload: boolean
    readonly progressLogs: boolean
    readonly logLevel: 'error'
    readonly logger: (level: string, message: string) => void
  }): Promise<Llama>

  readGgufFileInfo(
    path: string,
    options: { readonly sourceType: 'filesystem'; readonly readTensorInfo: boolean; readonly logWarnings: boolean },
  ): Promise<{ readonly architectureMetadata: { readonly context_length?: number } }>
  readonly LlamaChat: new (options: { readonly contextSequence: LlamaContextSequence }) => LlamaChat
}
