// What takes longer than CI may: every check, the drills in full length and every measurement. Each prints its
// figures and leaves them in .bench/; docs/benchmarks.md keeps those of a release.
//
//   npm run verify [-- NAME…]   only the named steps
import { runSteps, type Step } from './steps.ts'

const node = process.execPath
const bench = (name: string): Step => ({ name, command: [node, `bench/${name}.ts`] })

const STEPS: readonly Step[] = [
  { name: 'check', command: ['npm', 'run', 'check'] },
  { name: 'test', command: ['npm', 'test'] },
  { name: 'test:postgres', command: ['npm', 'run', 'test:postgres'] },
  { name: 'test:large', command: ['npm', 'run', 'test:large'], env: { EVIDENT_WHOLE: '1' } },
  { name: 'test:services', command: ['npm', 'run', 'test:services'] },
  { name: 'schemathesis', command: [node, 'scripts/schemathesis.ts', '100', '900'] },
  { name: 'injections', command: [node, '--test', 'test/long/text-is-data.test.ts'] },
  { name: 'model', command: [node, '--test', 'test/long/index-model.test.ts'] },
  { name: 'instances', command: [node, '--test', 'test/long/instances-model.test.ts'] },
  { name: 'kill', command: [node, 'scripts/drills/kill.ts', '--rounds', '50'] },
  { name: 'chats', command: [node, 'scripts/drills/chats.ts', '--rounds', '20'] },
  { name: 'outages', command: [node, 'scripts/drills/outages.ts', '--drills', '20'] },
  { name: 'local-model', command: [node, 'scripts/drills/local-model.ts'] },
  { name: 'connections', command: [node, 'scripts/drills/connections.ts'] },
  bench('start'),
  bench('ingest'),
  bench('scifact-http'),
  bench('answers'),
  bench('answer-times'),
  bench('verification'),
  bench('injections'),
  bench('main-text'),
  bench('retrieval'),
  bench('known-items'),
  bench('search'),
  bench('mixed'),
  bench('embed'),
  bench('commits'),
  bench('staleness'),
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are: ${STEPS.map(({ name }) => name).join(', ')}`)
  process.exitCode = 1
} else {
  await runSteps('verify', wanted.length === 0 ? STEPS : STEPS.filter(({ name }) => wanted.includes(name)))
}
