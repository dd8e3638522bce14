// Builds dist/: the sources as JavaScript, in the same tree, with what stands beside them and is not TypeScript.
// Node does not strip types under node_modules, so an installed package needs it; a checkout never does.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
if (!existsSync(tsc)) {
  console.error('build: TypeScript is not installed: run `npm ci` first')
  process.exit(1)
}
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) {
  rmSync(dist, { recursive: true, force: true })
  console.error('build: the sources have type errors (see above); nothing was built')
  process.exit(1)
}

// A module's data (WebAssembly, JSON, text) is read from beside it.
cpSync(join(root, 'src'), dist, {
  recursive: true,
  filter: (source) => extname(source) !== '.ts' && basename(source) !== 'fixtures',
})
