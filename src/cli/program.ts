import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { readModelName } from '../core/embedding-model-name.ts'
import { SHIPPED_MODELS } from '../core/shipped-models.ts'
import { PACKAGE_VERSION } from '../config/version.ts'
import { AppError } from '../core/errors.ts'
import { ANSWER_LANGUAGES } from '../features/evaluation/answers/token-match.ts'
import { StartError } from '../core/start-error.ts'
import type { AskOptions } from './ask.ts'
import type { Client } from './client.ts'
import type { EvalAnswersOptions } from './eval-answers.ts'
import type { EvalOptions } from './eval.ts'
import { withFilters } from './filters.ts'
import type { MigrateDatabaseOptions } from './migrate-database.ts'
import type { SearchOptions } from './search.ts'
import type { Compose, ServiceParts } from './serve.ts'
import { printLine, type Terminal } from './terminal.ts'

/** Milliseconds within which a second signal counts as the same one: npm and the terminal both pass on Ctrl-C. */
const SAME_SIGNAL = 500
/** Milliseconds after which an ended command does not wait any longer for what still runs in the process. */
const LINGER = 5000
/** Milliseconds that a stop may take before it is forced, whatever still runs. */
const STOP_LIMIT = 30_000
const INTERRUPTED = 130

/** Loads the composition only for a command that needs it: it brings the whole product with it. */
export type LoadCompose = () => Promise<{ readonly compose: Compose }>

/** Runs the command that `argv` names and gives the exit code of the process. */
export async function run(
  argv: readonly string[],
  loadCompose: LoadCompose = () => import('../compose.ts'),
): Promise<number> {
  const terminal: Terminal = { out: process.stdout, err: process.stderr, signal: stopSignal() }
  process.stdout.on('error', leaveQuietly)
  try {
    return await parse(argv, terminal, loadCompose)
  } catch (error) {
    return report(error, terminal)
  } finally {
    setTimeout(() => process.exit(), LINGER).unref()
  }
}

async function parse(argv: readonly string[], terminal: Terminal, loadCompose: LoadCompose): Promise<number> {
  const surroundings: Surroundings = { terminal, loadCompose }
  let exitCode = 0
  const program = new Command('evident')
    .description('Answers questions from your own documents, with every claim tied to the characters it came from.')
    .version(PACKAGE_VERSION)
    .configureOutput({ writeOut: (text) => terminal.out.write(text), writeErr: (text) => terminal.err.write(text) })
    // What stands behind a command's name is that command's, also where the one above it has an option of that name.
    .enablePositionalOptions()
    .exitOverride()
  const command = (usage: string, summary: string) => program.command(usage).description(summary).exitOverride()

  command('serve', 'serve the API and the web page').action(async () => {
    const config = await readConfig()
    const { serve } = await import('./serve.ts')
    exitCode = await serve(config, await serviceParts(config, config.logLevel, loadCompose), terminal)
  })
  command('ingest <paths...>', 'read files, and folders with all their files')
    .option('--json', 'print one JSON object a line', false)
    .action(async (paths: string[], options: { json: boolean }) => {
      const { ingest } = await import('./ingest.ts')
      exitCode = await withClient('evident ingest', surroundings, (client) => ingest(client, paths, options, terminal))
    })
  withFilters(command('search <query>', 'find the best passages'))
    .option('--json', 'print the whole answer as JSON', false)
    .option('--limit <number>', 'documents to show, 1 to 200', limit, 10)
    .action(async (query: string, options: SearchOptions) => {
      const { search } = await import('./search.ts')
      exitCode = await withClient('evident search', surroundings, (client) => search(client, query, options, terminal))
    })
  withFilters(command('ask <question>', 'answer a question with quotes from the documents'))
    .option('--json', 'print the whole answer as JSON', false)
    .action(async (question: string, options: AskOptions) => {
      const { ask } = await import('./ask.ts')
      exitCode = await withClient('evident ask', surroundings, (client) => ask(client, question, options, terminal))
    })
  const evaluation = command(
    'eval <folder>',
    'measure search over a set of documents, queries and what is relevant to them',
  )
    .option('--type <types>', 'ways of searching, separated by commas; all without it')
    .option('--limit <number>', 'ask only so many queries, the first ones', count)
    .option('--corpus <folder>', 'search the documents of another set')
    .option('--baseline <run>', 'compare with an earlier run, query by query')
    .option('--output <run>', 'write the run, with the results of each query, to a JSON file')
    .option('--json', 'print the run as JSON', false)
    .action(async (folder: string, options: EvalOptions) => {
      const config = await readConfig()
      const { evaluateFolder } = await import('./eval.ts')
      const parts = () => serviceParts(config, config.debug ? 'debug' : 'error', loadCompose)
      exitCode = await evaluateFolder(config, folder, options, parts, terminal)
    })
  evaluation
    .command('answers <set>')
    .description('measure answers to questions with gold answers, of the model that is configured')
    .option('--documents <folder>', 'read these files into a store for the run; for a set without documents')
    .addOption(
      new Option('--language <language>', 'whose articles do not count').choices(ANSWER_LANGUAGES).default('en'),
    )
    .option('--about <pattern>', 'ask only questions whose id, or document’s id, matches this regular expression')
    .option('--limit <number>', 'ask only so many questions, the first ones', count)
    .option('--removed', 'ask all again with the documents that they are about out of reach', false)
    .option('--injections [file]', 'ask about copies of documents with planted instructions: ours, or those of a file')
    .option('--baseline <run>', 'compare with an earlier run, question by question')
    .option('--output <run>', 'write the run, with each answer, to a JSON file')
    .option('--report <page>', 'write a report for people to an HTML file')
    .option('--json', 'print the run as JSON', false)
    .exitOverride()
    .action(async (set: string, options: EvalAnswersOptions) => {
      const config = await readConfig()
      const { evaluateAnswers } = await import('./eval-answers.ts')
      const parts = () => serviceParts(config, config.debug ? 'debug' : 'error', loadCompose)
      exitCode = await evaluateAnswers(config, set, options, parts, terminal)
    })
  const admin = program.command('admin').description('administer accounts').exitOverride()
  admin
    .command('create <email>')
    .description('make an administrator; asks for the password, or reads it from the first line of its input')
    .option('--name <name>', 'what the person is called; the e-mail address without it')
    .exitOverride()
    .action(async (email: string, options: { name?: string }) => {
      const { createAdministrator } = await import('./admin.ts')
      const person = { email, name: options.name ?? email }
      exitCode = await withClient('evident admin', surroundings, (client) =>
        createAdministrator(client, person, terminal, process.stdin),
      )
    })
  const migrate = program.command('migrate').description('change how documents are kept').exitOverride()
  migrate
    .command('embeddings')
    .description('embed all documents with another model, while searches go on with the present one')
    .addOption(
      new Option('--model <name>', `the model to change to: ${MODEL_NAMES}`).argParser(modelName).makeOptionMandatory(),
    )
    .option('--json', 'print one JSON object a line', false)
    .exitOverride()
    .action(async (options: { model: string; json: boolean }) => {
      const { migrateEmbeddings } = await import('./migrate.ts')
      exitCode = await withClient('evident migrate', surroundings, (client) =>
        migrateEmbeddings(client, options, terminal),
      )
    })
  migrate
    .command('database')
    .description('move everything from SQLite to an empty PostgreSQL; run again after a stop, it goes on where it was')
    .requiredOption('--from <source>', 'sqlite: the file of DATA_DIR; or sqlite:PATH')
    .requiredOption('--to <target>', 'postgres: the one of DATABASE_URL; or postgres://HOST/DATABASE')
    .option('--verify', 'only compare both, row by row', false)
    .option('--dry-run', 'only say what would be moved', false)
    .option('--restart', 'throw the beginning of a move away that the target holds', false)
    .option('--replace-characters', 'put U+FFFD where PostgreSQL cannot hold a character', false)
    .addHelpText('after', '\nExit codes: 0 both hold the same, 1 it could not be done, 2 they differ.')
    .exitOverride()
    .action(async (options: MigrateDatabaseOptions) => {
      const config = await readConfig()
      const { createLogger } = await import('./logger.ts')
      const { migrateDatabase } = await import('./migrate-database.ts')
      const logger = createLogger(config, config.debug ? 'debug' : 'error')
      exitCode = await migrateDatabase(config, options, logger, terminal)
    })
  command('doctor', 'show the configuration and check every part')
    .option('--json', 'print the findings as JSON', false)
    .option('--repair', 'compare the vectors in Milvus with the database first, and put right what differs', false)
    .action(async (options: { json: boolean; repair: boolean }) => {
      const config = await readConfig()
      const { doctor } = await import('./doctor.ts')
      exitCode = await doctor(config, () => openClient(config, 'evident doctor', surroundings), options, terminal)
    })
  await program.parseAsync(argv)
  return exitCode
}

function limit(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 200) return number
  throw new InvalidArgumentError('It must be a whole number from 1 to 200.')
}

function count(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

async function readConfig(): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts')
  return loadConfig()
}

async function serviceParts(
  config: Config,
  level: Config['logLevel'],
  loadCompose: LoadCompose,
): Promise<ServiceParts> {
  const { createLogger } = await import('./logger.ts')
  const logger = createLogger(config, level)
  process.on('uncaughtException', (error, origin) => {
    logger.error({ err: error, origin }, 'Evident cannot go on after an unexpected error')
    process.exit(1)
  })
  const { compose } = await loadCompose()
  return { compose, logger }
}

interface Surroundings {
  readonly terminal: Terminal
  readonly loadCompose: LoadCompose
}

async function openClient(config: Config, name: string, { terminal, loadCompose }: Surroundings): Promise<Client> {
  const { connect } = await import('./client.ts')
  // A person who asks one thing wants its answer; the service's own log only where it goes wrong.
  const parts = await serviceParts(config, config.debug ? 'debug' : 'error', loadCompose)
  return connect(config, name, parts, terminal.signal)
}

async function withClient(
  name: string,
  surroundings: Surroundings,
  work: (client: Client) => Promise<number>,
): Promise<number> {
  const client = await openClient(await readConfig(), name, surroundings)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

const MODEL_NAMES = `${SHIPPED_MODELS.join(', ')}, openai/MODEL or ollama/MODEL`

/** The server knows whether there is such a model, and whether its settings are there. */
function modelName(text: string): string {
  if (readModelName(text) === undefined) throw new InvalidArgumentError(`It is one of ${MODEL_NAMES}.`)
  return text
}

/** Aborts at the first Ctrl-C or SIGTERM; the next one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const stop = () => {
    if (!controller.signal.aborted) {
      first = performance.now()
      controller.abort()
      setTimeout(() => process.exit(1), STOP_LIMIT).unref()
    } else if (performance.now() - first > SAME_SIGNAL) process.exit(INTERRUPTED)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** Whoever read our output has read enough, as `head` does. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

/** One line for what its person can mend; the stack only of what nobody expected. */
async function report(error: unknown, { err, signal }: Terminal): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode
  if (signal.aborted && error instanceof Error && error.name === 'AbortError') return INTERRUPTED
  const { ApiError } = await import('./client.ts')
  const { DatabaseOpenError } = await import('../database/errors.ts')
  if (error instanceof StartError) for (const line of error.lines) printLine(err, line)
  else if (error instanceof AppError || error instanceof ApiError || error instanceof DatabaseOpenError) {
    printLine(err, error.message)
  } else printLine(err, error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}
