import { z } from 'zod'
import type { App } from '../../http/app.ts'
import { originOf } from '../../http/origin.ts'
import { userId } from '../../http/user-ids.ts'
import type { Accounts } from './accounts.ts'
import * as present from './presenters.ts'
import * as schemas from './schemas.ts'

export function userRoutes(app: App, { administration }: Accounts): void {
  const { tags } = schemas
  const config = { access: 'admin' } as const
  const params = z.object({ user_id: userId })

  app.get(
    '/api/users',
    {
      config,
      schema: {
        tags,
        summary: 'List accounts, newest first',
        querystring: schemas.page,
        response: { 200: schemas.userList },
      },
    },
    async (request) => {
      const { accounts, total } = await administration.list(request.query)
      const users = accounts.map(present.userView)
      return { users, total, message: total === 1 ? 'There is 1 account.' : `There are ${total} accounts.` }
    },
  )

  app.post(
    '/api/users',
    {
      config,
      schema: {
        tags,
        summary: 'Make an account for somebody',
        body: schemas.newUser,
        response: { 200: schemas.userMade },
      },
    },
    async (request) => {
      const { password, ...person } = request.body
      const account = await administration.create({ ...person, password }, originOf(request))
      return { message: 'The account is made.', user_id: account.id, created_at: account.created_at }
    },
  )

  app.patch(
    '/api/users/:user_id',
    {
      config,
      schema: {
        tags,
        summary: 'Set role, suspension or password of an account',
        params,
        body: schemas.userChange,
        response: { 200: schemas.userView },
      },
    },
    async (request) =>
      present.userView(await administration.change(request.params.user_id, request.body, originOf(request))),
  )

  app.delete(
    '/api/users/:user_id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete an account with everything that it owns',
        params,
        response: { 200: schemas.userDeleted },
      },
    },
    async (request) => {
      const { user_id: id } = request.params
      const emptied = await administration.remove(id, originOf(request))
      return {
        status: 'success' as const,
        message: 'The account and everything that it owned are deleted.',
        deleted_from: emptied,
        user_id: id,
      }
    },
  )
}
