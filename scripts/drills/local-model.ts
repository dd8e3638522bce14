// The tests of models in this process, which need a package that no installation of ours brings: it is installed into a
// folder of its own, without what is for graphics cards. NODE_LLAMA_CPP_FOLDER names one that has it already.
//
//   node scripts/drills/local-model.ts
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './server.ts'

async function run(program: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
  const child = spawn(program, args, { stdio: 'inherit', ...options })
  await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(child.exitCode)}`)
}

async function install(folder: string): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const { peerDependencies } = manifest as { readonly peerDependencies: Readonly<Record<string, string>> }
  const version = peerDependencies['node-llama-cpp'] ?? ''
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const platform = { darwin: 'mac', win32: 'win' }[process.platform as string] ?? process.platform
  const metal = platform === 'mac' && process.arch === 'arm64' ? '-metal' : ''
  const binary = `@node-llama-cpp/${platform}-${process.arch}${metal}`
  const packages = [`node-llama-cpp@${version}`, `${binary}@${version}`]
  await run('npm', ['install', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', ...packages], {
    cwd: folder,
  })
}

const given = process.env['NODE_LLAMA_CPP_FOLDER']
const folder = given ?? (await mkdtemp(join(tmpdir(), 'evident-llama-')))
try {
  if (given === undefined) await install(folder)
  const env = { ...process.env, NODE_LLAMA_CPP_FOLDER: folder }
  const node = [process.execPath, '--import', './scripts/drills/local-model-resolve.ts'] as const
  const tests = ['src/adapters/language-models/llama-cpp/*.test.ts', 'test/local-model.test.ts']
  await run(node[0], [...node.slice(1), '--test', '--test-concurrency=1', ...tests], { cwd: root, env })
  await run(node[0], [...node.slice(1), 'scripts/drills/local-model-delay.ts'], { cwd: root, env })
} finally {
  if (given === undefined) await rm(folder, { recursive: true, force: true })
}
