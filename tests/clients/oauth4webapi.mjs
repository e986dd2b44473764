// oauth4webapi, certified as well, which checks every answer to the letter of the standards.
import * as oauth from 'oauth4webapi'
import { expect, finish, visit } from './person.mjs'

const issuer = new URL(process.argv[2])
const redirect_uri = 'http://127.0.0.1:9/callback'
const plain = { [oauth.allowInsecureRequests]: true }

const found = await oauth.discoveryRequest(issuer, plain)
const server = await oauth.processDiscoveryResponse(issuer, found)
const oauth2 = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain })
expect((await oauth.processDiscoveryResponse(issuer, oauth2)).token_endpoint === server.token_endpoint, 'one endpoint')
const resource = await oauth.processResourceDiscoveryResponse(issuer, await oauth.resourceDiscoveryRequest(issuer, plain))
expect(resource.authorization_servers[0] === server.issuer, 'whose tokens the API takes')

const registration = { redirect_uris: [redirect_uri], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid account:read',
  token_endpoint_auth_method: 'none' }
const client = await oauth.processDynamicClientRegistrationResponse(
  await oauth.dynamicClientRegistrationRequest(server, registration, plain),
)
expect(client.client_secret === undefined, 'no secret')

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const asked = new URL(server.authorization_endpoint)
asked.search = new URLSearchParams({
  response_type: 'code', client_id: client.client_id, redirect_uri, scope: 'openid account:read', state, nonce,
  resource: server.issuer, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const answer = oauth.validateAuthResponse(server, client, await visit(asked), state)
const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, redirect_uri, verifier, plain)
const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true })
await oauth.validateApplicationLevelSignature(server, response, plain)
const { sub } = oauth.getValidatedIdTokenClaims(tokens)
const me = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL('/api/v1/me', issuer), undefined, undefined, plain)
expect((await me.json()).id === sub, 'the same person at the API')

const who = await oauth.userInfoRequest(server, client, tokens.access_token, plain)
expect((await oauth.processUserInfoResponse(server, client, sub, who)).sub === sub, 'the same person')

const renewal = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, plain)
const renewed = await oauth.processRefreshTokenResponse(server, client, renewal)
const revoked = await oauth.revocationRequest(server, client, oauth.None(), renewed.refresh_token, plain)
expect((await oauth.processRevocationResponse(revoked)) === undefined, 'a revocation')

// A program that acts for itself, as a service account.
const [, , , robot, secret, task] = process.argv
const granted = await oauth.clientCredentialsGrantRequest(
  server, { client_id: robot }, oauth.ClientSecretBasic(secret), { scope: 'tasks:read' }, plain,
)
const itself = await oauth.processClientCredentialsResponse(server, { client_id: robot }, granted)
const seen = await oauth.protectedResourceRequest(itself.access_token, 'GET', new URL(task, issuer), undefined, undefined, plain)
expect(seen.status === 200, 'its task')
await finish(['discovery', 'resource', 'registration', 'code', 'signature', 'api', 'userinfo', 'refresh', 'revocation', 'itself'])
