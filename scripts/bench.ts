// npm run bench -- NAME…: runs bench/NAME.ts, or lists them. Options after a single name are for that benchmark.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './drills/server.ts'
import { runSteps } from './steps.ts'

const names = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3))
const given = process.argv.slice(2)
const firstOption = given.findIndex((argument) => argument.startsWith('-'))
const wanted = firstOption === -1 ? given : given.slice(0, firstOption)
const options = given.slice(wanted.length)
const unknown = wanted.filter((name) => !names.includes(name))
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No such benchmark: ${unknown.join(', ')}`)
  console.log(`Run one with \`npm run bench -- NAME\`: ${names.join(', ')}`)
  process.exitCode = unknown.length > 0 ? 1 : 0
} else if (options.length > 0 && wanted.length > 1) {
  console.error('Options are for one benchmark: name only that one.')
  process.exitCode = 1
} else {
  await runSteps(
    'bench',
    wanted.map((name) => ({ name, command: [process.execPath, `bench/${name}.ts`, ...options] })),
  )
}
