// openid-client, certified by the OpenID Foundation, against Taskyard.
import * as client from 'openid-client'
import { expect, finish, refused, type, visit } from './person.mjs'

const server = new URL(process.argv[2])
const redirect_uri = 'http://127.0.0.1:9/callback'
const device = 'urn:ietf:params:oauth:grant-type:device_code'
const scope = 'openid profile email offline_access tasks:read'
const plain = { execute: [client.allowInsecureRequests] }

const config = await client.dynamicClientRegistration(
  server,
  { client_name: 'openid-client', redirect_uris: [redirect_uri], grant_types: ['authorization_code', 'refresh_token', device], scope },
  undefined,
  plain,
)
expect(config.serverMetadata().issuer === process.argv[2], 'the issuer')

async function question() {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const challenge = await client.calculatePKCECodeChallenge(verifier)
  const parameters = { redirect_uri, scope, state, nonce, code_challenge: challenge, code_challenge_method: 'S256' }
  return { parameters, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true } }
}

// A code with PKCE; the ID token is checked by the published keys, with nonce, state and issuer.
const first = await question()
const arrived = await visit(client.buildAuthorizationUrl(config, first.parameters))
const tokens = await client.authorizationCodeGrant(config, arrived, { ...first.checks, maxAge: 600 })
const { sub } = tokens.claims()
expect((await client.fetchUserInfo(config, tokens.access_token, sub)).email, 'an e-mail address')
const tasks = await client.fetchProtectedResource(config, tokens.access_token, new URL('/api/v1/tasks', server), 'GET')
expect(tasks.status === 200, 'the tasks')

// Refresh tokens rotate.
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid tasks:read' })
expect(renewed.refresh_token !== tokens.refresh_token, 'another refresh token')
expect(renewed.claims().sub === sub, 'the same person')

// What tokens are worth, and that this ends.
expect((await client.tokenIntrospection(config, renewed.access_token)).active, 'an active token')
await client.tokenRevocation(config, renewed.refresh_token)
expect(!(await client.tokenIntrospection(config, renewed.access_token)).active, 'an inactive token')
await refused(client.refreshTokenGrant(config, renewed.refresh_token), 'invalid_grant')

// A pushed request; a code that is used twice.
const second = await question()
const pushed = await visit(await client.buildAuthorizationUrlWithPAR(config, second.parameters))
expect((await client.authorizationCodeGrant(config, pushed, second.checks)).claims().sub === sub, 'the same person')
await refused(client.authorizationCodeGrant(config, pushed, second.checks), 'invalid_grant')

// A device.
const waiting = await client.initiateDeviceAuthorization(config, { scope: 'openid' })
const signedIn = client.pollDeviceAuthorizationGrant(config, waiting)
await type(waiting.user_code)
expect((await signedIn).claims().sub === sub, 'the same person on a device')

// Signing out.
const third = await question()
const again = await client.authorizationCodeGrant(
  config, await visit(client.buildAuthorizationUrl(config, third.parameters)), third.checks,
)
const bye = await visit(client.buildEndSessionUrl(config, { id_token_hint: again.id_token }))
expect(bye.pathname === '/oauth/sign-out', 'the page that says so')

// A program that acts for itself, as a service account.
const [, , , robot, secret, task] = process.argv
const own = await client.discovery(server, robot, secret, undefined, plain)
const itself = await client.clientCredentialsGrant(own, { scope: 'tasks:read' })
expect(itself.refresh_token === undefined && itself.claims() === undefined, 'nothing but an access token')
expect((await client.fetchProtectedResource(own, itself.access_token, new URL(task, server), 'GET')).status === 200, 'its task')
const worth = await client.tokenIntrospection(own, itself.access_token)
expect(worth.active && worth.sub === robot && worth.service_account_id !== undefined, 'the account')
await refused(client.clientCredentialsGrant(own, { scope: 'tasks:write' }), 'invalid_scope')
await finish(['code', 'userinfo', 'api', 'refresh', 'introspection', 'revocation', 'par', 'device', 'logout', 'itself'])
