// npm run bench -- NAME…: runs bench/NAME.ts, or lists them.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './drills/server.ts'
import { runSteps } from './steps.ts'

const names = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !names.includes(name))
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No such benchmark: ${unknown.join(', ')}`)
  console.log(`Run one with \`npm run bench -- NAME\`: ${names.join(', ')}`)
  process.exitCode = unknown.length > 0 ? 1 : 0
} else {
  await runSteps(
    'bench',
    wanted.map((name) => ({ name, command: [process.execPath, `bench/${name}.ts`] })),
  )
}
