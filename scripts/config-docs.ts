import { readFileSync, writeFileSync } from 'node:fs'
import { exampleEnvironment, referenceTables } from '../src/config/reference.ts'

/** Writes .env.example and the tables of docs/configuration.md from src/config/variables.ts. */
const page = new URL('../docs/configuration.md', import.meta.url)
const text = readFileSync(page, 'utf8')
const marked = /(<!-- tables: [^\n]*-->\n\n)[^]*(\n\n<!-- end of tables -->)/
writeFileSync(
  page,
  text.replace(marked, (_, begin: string, end: string) => `${begin}${referenceTables()}${end}`),
)
writeFileSync(new URL('../.env.example', import.meta.url), exampleEnvironment())
