import { GROUPS, PREFIXES, type Variable } from './variables.ts'

/**
 * The pages that say what can be configured, made from the table that the program reads by. `scripts/config-docs.ts`
 * writes them; a test fails when they differ.
 */

const groups: Readonly<Record<string, Readonly<Record<string, Variable>>>> = GROUPS

function shownDefault({ fallback, shown }: Variable): string {
  if (shown !== undefined) return shown
  return fallback === null ? 'unset' : `\`${fallback}\``
}

function notes({ alias, secret }: Variable): string {
  return [alias === undefined ? '' : ` \`${alias}\` is its older name.`, secret === true ? ' Secret.' : ''].join('')
}

/** The tables of docs/configuration.md. */
export function referenceTables(): string {
  const tables = Object.entries(groups).map(([title, variables]) => {
    const rows = Object.entries(variables).map(
      ([name, variable]) => `| \`${name}\` | ${variable.meaning}${notes(variable)} | ${shownDefault(variable)} |`,
    )
    return [`## ${title}`, '', '| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n')
  })
  const families = Object.entries(PREFIXES).map(([prefix, meaning]) => `| \`${prefix}*\` | ${meaning} |`)
  const last = ['## Without effect', '', '| variables | meaning |', '| --- | --- |', ...families].join('\n')
  return [...tables, last].join('\n\n')
}

const WIDTH = 100

/** The whole of .env.example: every variable with its default, commented out. */
export function exampleEnvironment(): string {
  const head = [
    '# Copy to .env and uncomment what you change. The environment of the process wins over this file.',
    '# Any secret NAME may instead be read from a file: NAME_FILE=/run/secrets/name',
    '# docs/configuration.md says more.',
  ]
  const sections = Object.entries(groups).map(([title, variables]) => {
    const entries = Object.entries(variables).flatMap(([name, variable]) => [
      ...wrap(plain(variable.meaning)).map((line) => `# ${line}`),
      `#${name}=${variable.fallback ?? ''}`,
    ])
    return [`# --- ${title} ---`, '', ...entries].join('\n')
  })
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`
}

const plain = (markdown: string) => markdown.replaceAll('`', '')

function wrap(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
