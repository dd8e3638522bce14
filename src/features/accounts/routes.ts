import { AppError } from '../../core/errors.ts'
import { bearerToken } from '../../http/access.ts'
import { binaryBody } from '../../http/api-docs.ts'
import type { App } from '../../http/app.ts'
import { originOf } from '../../http/origin.ts'
import { readUpload } from '../../http/upload.ts'
import type { Accounts } from './accounts.ts'
import { MAX_AVATAR_BYTES, readAvatar } from './avatars.ts'
import * as present from './presenters.ts'
import * as schemas from './schemas.ts'
import { tokenRoutes } from './token-routes.ts'
import { userRoutes } from './user-routes.ts'

const { tags } = schemas

export function accountRoutes(app: App, accounts: Accounts): void {
  signingIn(app, accounts)
  ownAccount(app, accounts)
  tokenRoutes(app, accounts)
  userRoutes(app, accounts)
}

function signingIn(app: App, { service }: Accounts): void {
  app.post(
    '/api/auth/signup',
    {
      config: { access: 'public' },
      schema: { tags, summary: 'Make an account', body: schemas.signUp, response: { 200: schemas.authResponse } },
    },
    async (request) => {
      const { setup_token: setupToken, ...person } = request.body
      return present.authResponse(await service.signUp({ ...person, setupToken }, originOf(request)))
    },
  )

  app.post(
    '/api/auth/login',
    {
      config: { access: 'public' },
      schema: { tags, summary: 'Log in', body: schemas.logIn, response: { 200: schemas.authResponse } },
    },
    async (request) => present.authResponse(await service.logIn(request.body, originOf(request))),
  )

  app.post(
    '/api/auth/google',
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Log in with an ID token of Google',
        body: schemas.google,
        response: { 200: schemas.authResponse },
      },
    },
    async (request) => {
      const token = request.body?.token ?? ''
      if (token === '') throw new AppError('malformed_request', 'Send the ID token of Google as "token".')
      return present.authResponse(await service.signInWithGoogle(token, originOf(request)))
    },
  )

  app.post(
    '/api/auth/logout',
    {
      config: { access: 'user', session: true },
      schema: { tags, summary: 'End this session', response: { 200: schemas.message } },
    },
    async (request) => {
      const ended = await service.logOut(bearerToken(request.headers.authorization), originOf(request))
      return { message: ended ? 'You are logged out.' : 'There was no session: this machine needs none.' }
    },
  )
}

function ownAccount(app: App, { service }: Accounts): void {
  app.get(
    '/api/auth/me',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Who you are', response: { 200: schemas.me } },
    },
    async (request) => present.me(await service.account(request.caller.userId)),
  )

  app.put(
    '/api/auth/profile',
    {
      config: { access: 'user', session: true },
      schema: {
        tags,
        summary: 'Change your profile',
        body: schemas.profile,
        response: { 200: schemas.profileResponse },
      },
    },
    async (request) => {
      const { picture, ...fields } = request.body
      const changed = await service.changeProfile(request.caller.userId, {
        ...fields,
        description: fields.description,
        picture: picture === '' ? null : picture,
      })
      return { message: 'Your profile is changed.', user: present.profile(changed) }
    },
  )

  app.put(
    '/api/auth/change-password',
    {
      config: { access: 'user', session: true },
      schema: {
        tags,
        summary: 'Change your password; every older token ends',
        body: schemas.changePassword,
        response: { 200: schemas.changePasswordResponse },
      },
    },
    async (request) => {
      const { currentPassword: current, newPassword: next } = request.body
      const { session } = await service.changePassword(request.caller.userId, { current, next }, originOf(request))
      return {
        message: 'Your password is changed. Every older session and API token has ended.',
        ...present.sessionView(session),
      }
    },
  )

  app.post(
    '/api/auth/upload-avatar',
    {
      config: { access: 'user', session: true },
      bodyLimit: MAX_AVATAR_BYTES + ENVELOPE,
      schema: {
        tags,
        summary: 'Upload your picture',
        consumes: ['multipart/form-data'],
        response: { 200: schemas.avatarResponse },
      },
    },
    async (request) => {
      const { bytes } = await readUpload(request, { maxBytes: MAX_AVATAR_BYTES })
      const { picture } = await service.uploadAvatar(request.caller.userId, await readAvatar(bytes))
      return { message: 'Your picture is stored.', avatar_url: picture ?? '' }
    },
  )

  app.get(
    '/api/auth/avatars/:avatar_id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'An uploaded picture',
        params: schemas.avatarId,
        produces: ['image/*'],
        response: { 200: binaryBody },
      },
    },
    async (request, reply) => {
      const { mediaType, bytes } = await service.avatar(request.params.avatar_id)
      return reply
        .type(mediaType)
        .header('content-disposition', 'inline')
        .header('cache-control', 'private, max-age=86400')
        .send(Buffer.from(bytes))
    },
  )
}

const ENVELOPE = 1_048_576
