#!/usr/bin/env node
// The `evident` command. A checkout runs its sources, an installed package its built JavaScript: the package has no
// src/, and a checkout's dist/, if there is one, may be older than its sources.
import './check-node.mjs'
import { existsSync } from 'node:fs'

const entry = ['../src/main.ts', '../dist/main.js']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url))

if (entry === undefined) {
  console.error(
    'This package of Evident was packed without being built. Make it with `npm pack --ignore-scripts=false`.',
  )
  process.exit(1)
}
await import(entry.href)
