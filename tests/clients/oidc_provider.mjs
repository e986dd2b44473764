// A certified provider, as companies run one. Its own pages sign in whoever gives a name, and ask for consent.
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'taskyard', client_secret: 'a secret of forty characters, or nearly so', redirect_uris: [redirectUri] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  cookies: { keys: ['a key of the cookies of a provider that lives as long as a test'] },
  async findAccount(_, id) {
    return {
      accountId: id,
      claims: () => ({
        sub: id, email: `${id}@acme.example`, email_verified: true, name: 'Ada Lovelace', groups: ['staff'],
      }),
    };
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
