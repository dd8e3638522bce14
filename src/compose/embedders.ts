import { embedders } from '../adapters/embedders/registry.ts'
import type { RemoteEmbedder } from '../adapters/embedders/remote-embedder.ts'
import type { Config } from '../config/config.ts'
import { cosineSpread } from '../core/cosine-spread.ts'
import { readModelName, type EmbeddingModelName } from '../core/embedding-model-name.ts'
import { AppError } from '../core/errors.ts'
import type { Embedder } from '../core/ports/embedding.ts'
import type { ServiceFetch } from '../core/ports/network.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import { StartError } from '../core/start-error.ts'
import type { Database } from '../database/database.ts'
import { openServiceDoor } from './service-door.ts'
import type { Opened } from './opened.ts'
import { measuredModel, randomVectors, rememberModel, type MeasuredModel } from '../database/measured-models.ts'

export interface EmbedderDeps {
  readonly config: Config
  /** Folder of the shipped models. */
  readonly modelsDir: string
  readonly logger: Logger
  readonly opened: Opened
}

/** The embedder's `dimension`, `id` and `sigma` are known now; no vector is given before this has resolved. */
type OnMeasured = () => Promise<void>

export type StartedEmbedder = Awaited<ReturnType<typeof embedders.local.start>>

interface KnownRemote {
  readonly known: MeasuredModel | undefined
  readonly embedder: RemoteEmbedder
  make(measured: MeasuredModel): RemoteEmbedder
}

type Remote = Exclude<EmbeddingModelName, { provider: 'local' }>

/** Every embedding model by its name. */
export function createEmbedders({ config, modelsDir, logger, opened }: EmbedderDeps) {
  const { threads, cacheSize, openai, ollama, batchSize, maxTokens } = config.embedding

  const localConfig = (name: string) => ({ name, modelsDir, threads, cacheSize })

  /** Such as can be used with these settings. @throws AppError `invalid_request` */
  function checkedName(name: string): EmbeddingModelName {
    const model = readModelName(name)
    if (model === undefined) {
      const known = [...SHIPPED_MODELS, ...(openai ? ['openai/MODEL'] : []), ...(ollama ? ['ollama/MODEL'] : [])]
      throw new AppError('invalid_request', `There is no embedding model ${name}. There are: ${known.join(', ')}.`)
    }
    if (model.provider === 'openai' && openai === undefined) {
      throw new AppError(
        'invalid_request',
        `${name} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.`,
      )
    }
    if (model.provider === 'ollama' && ollama === undefined) {
      throw new AppError('invalid_request', `${name} needs OLLAMA_BASE_URL.`)
    }
    return model
  }

  /** Begins to load one of the shipped models. */
  const startLocal = (name: string): Promise<StartedEmbedder> => embedders.local.start(localConfig(name), { logger })

  /** One for each service, however many of its models are asked. */
  const doors = new Map<string, Promise<ServiceFetch>>()
  const doorTo = (baseUrl: string): Promise<ServiceFetch> => {
    const door = doors.get(baseUrl) ?? openServiceDoor(baseUrl, opened)
    doors.set(baseUrl, door)
    return door
  }

  const serviceOf = ({ provider }: Remote) => (provider === 'openai' ? openai : ollama)

  /** As far as it is known without asking its service. */
  async function remote(model: Remote, database: Database, onMeasured?: OnMeasured): Promise<KnownRemote> {
    const service = serviceOf(model)
    if (service === undefined) throw new Error(`No service is set up for ${model.provider}`)
    const adapter = await embedders[model.provider]()
    const fetch = await doorTo(service.baseUrl)
    const make = (measured: Omit<MeasuredModel, 'passages'> | undefined): RemoteEmbedder => {
      const { model: name, dimension } = model
      const made = adapter.create(
        { ...service, model: name, dimension, maxTokens, batchSize, cacheSize, measured },
        {
          fetch,
          logger,
          async onMeasured(first) {
            await database.write((tx) => rememberModel(tx, made.key, { ...first, passages: 0 }))
            await onMeasured?.()
          },
        },
      )
      return made
    }
    const unmeasured = make(undefined)
    const known = await measuredModel(database.read, unmeasured.key)
    return { known, embedder: known === undefined ? unmeasured : make(known), make }
  }

  /** The same for searches: once there are enough passages, its unit is learned from them. */
  async function serving(model: Remote, database: Database, onMeasured: OnMeasured): Promise<RemoteEmbedder> {
    const { known, embedder, make } = await remote(model, database, onMeasured)
    if (known === undefined || known.passages > 0) return embedder
    const sigma = cosineSpread(await randomVectors(database.read, embedder.id, ENOUGH_PASSAGES))
    if (!(sigma > 0)) return embedder
    const learned = { dimension: known.dimension, sigma, passages: ENOUGH_PASSAGES }
    await database.write((tx) => rememberModel(tx, embedder.key, learned))
    logger.info(
      { model: embedder.key, samples: known.sigma, sigma },
      'The embedding model was measured on the documents',
    )
    return make(learned)
  }

  return {
    checked: checkedName,
    startLocal,
    serving,
    /** The one that the documents are embedded with, as the database says. @throws StartError where settings lack for it */
    ofDocuments(name: string): EmbeddingModelName {
      try {
        return checkedName(name)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        throw new StartError([
          `EMBEDDING_PROVIDER is unset, and the documents are embedded with ${name}: ${error.message} ` +
            'Or set EMBEDDING_PROVIDER=local to have them embedded anew.',
        ])
      }
    },
    /** Ready to embed. Rejects with `not_ready` when it cannot be used now. */
    async open(name: string, database: Database): Promise<Embedder> {
      const model = checkedName(name)
      if (model.provider === 'local') return embedders.local.create(localConfig(name), { logger })
      const { embedder } = await remote(model, database)
      try {
        await embedder.measure()
        return embedder
      } catch (error) {
        await embedder.close()
        throw error
      }
    },
    /** The id of a model, without loading or asking it; that of no vector where it cannot be told. */
    async idOf(name: string, database: Database): Promise<string> {
      const model = readModelName(name)
      if (model?.provider === 'local') return embedders.local.idOf({ name, modelsDir })
      if (model === undefined || serviceOf(model) === undefined) return ''
      return (await remote(model, database)).embedder.id
    },
  }
}

export type Embedders = ReturnType<typeof createEmbedders>

/** As the design's study took them: the deviation of their cosines is that of the whole collection. */
const ENOUGH_PASSAGES = 500
