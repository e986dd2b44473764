"""What signing in by identity providers takes beside the database: the guarded client, and the keys of secrets."""

from taskyard.auth.actions.federation.claims import TokenReader
from taskyard.auth.actions.federation.discovery import Metadata, ProviderDirectory
from taskyard.auth.models.federation import StoredProvider
from taskyard.kit.keys import Keys
from taskyard.kit.outbound import Boundary, Outbound
from taskyard.kit.sealing import Sealer

CALLBACK = "/oauth/sign-in/with/{slug}/callback"


class FederationDesk:
    """One deployment as a client of identity providers."""

    def __init__(self, keys: Keys, boundary: Boundary, *, public_url: str) -> None:
        self._outbound = Outbound(boundary)
        self._secrets = Sealer(keys.derive("identity-provider-secrets"))
        self._public_url = public_url.rstrip("/")
        self.boundary = boundary
        self.flows = Sealer(keys.derive("federated-flows"))
        self.directory = ProviderDirectory(self._outbound, boundary)
        self.reader = TokenReader(self._outbound, self.directory)

    def callback(self, slug: str) -> str:
        """Where a provider sends browsers back to."""
        return self._public_url + CALLBACK.format(slug=slug)

    def seal_secret(self, secret: str | None, provider_id: str) -> bytes | None:
        """A client secret as it is stored, for one provider only."""
        return None if secret is None else self._secrets.seal(secret.encode(), provider_id)

    def secret_of(self, provider: StoredProvider) -> str | None:
        """The client secret again. Raises SealBroken."""
        sealed = provider.secret_sealed
        return None if sealed is None else self._secrets.open(sealed, provider.id).decode()

    async def metadata(self, provider: StoredProvider) -> Metadata:
        """What a provider says of itself. Raises ProviderFault."""
        return await self.directory.metadata(provider.issuer)

    async def close(self) -> None:
        """Close the client."""
        await self._outbound.close()
