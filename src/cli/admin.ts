import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { z } from 'zod'
import { type Client, jsonBody } from './client.ts'
import { printable, printLine, type Terminal } from './terminal.ts'

const Made = z.looseObject({ user_id: z.string() })

export interface NewAdministrator {
  readonly email: string
  readonly name: string
}

/** `evident admin create`: an account that may do everything. The password comes from `input`. Gives the exit code. */
export async function createAdministrator(
  client: Client,
  person: NewAdministrator,
  terminal: Terminal,
  input: NodeJS.ReadStream,
): Promise<number> {
  const password = await readPassword(terminal, input)
  const { user_id: id } = await client.json(
    Made,
    '/api/users',
    jsonBody({ ...person, password, role: 'admin' }, terminal.signal),
  )
  printLine(terminal.out, `${printable(person.email)} is an administrator (${id}).`)
  return 0
}

/** A line, which a terminal does not show. */
async function readPassword({ err, signal }: Terminal, input: NodeJS.ReadStream): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: input.isTTY, signal })
  try {
    if (input.isTTY) err.write('Password: ')
    for await (const line of lines) return line
    signal.throwIfAborted()
    return ''
  } finally {
    if (input.isTTY) err.write('\n')
    lines.close()
  }
}
