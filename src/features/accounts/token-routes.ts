import type { App } from '../../http/app.ts'
import { originOf } from '../../http/origin.ts'
import type { Accounts } from './accounts.ts'
import * as present from './presenters.ts'
import * as schemas from './schemas.ts'

export function tokenRoutes(app: App, { tokens }: Accounts): void {
  const { tags } = schemas
  const config = { access: 'user', session: true } as const

  app.get(
    '/api/auth/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Your API tokens, newest first',
        querystring: schemas.page,
        response: { 200: schemas.tokenList },
      },
    },
    async (request) => {
      const found = await tokens.list(request.caller.userId, request.query)
      return { tokens: found.tokens.map(present.tokenView), total: found.total }
    },
  )

  app.post(
    '/api/auth/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API token; it is shown once',
        body: schemas.newToken,
        response: { 200: schemas.madeToken },
      },
    },
    async (request) => {
      const { name, scope, expires_in_days: days } = request.body
      const { userId: id, role } = request.caller
      const { row, token } = await tokens.create({ id, role }, { name, scope, days }, originOf(request))
      return { ...present.tokenView(row), token }
    },
  )

  app.delete(
    '/api/auth/tokens/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Revoke an API token',
        params: schemas.tokenId,
        response: { 200: schemas.tokenDeleted },
      },
    },
    async (request) => {
      const { id } = request.params
      await tokens.remove(request.caller.userId, id, originOf(request))
      return { deleted: true as const, id }
    },
  )
}
