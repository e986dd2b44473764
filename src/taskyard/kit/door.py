"""The door of a service in a process of its own: finds out who asks, from where, in which request.

Inside one process the gateway has done so, and it rides in the ASGI scope, which no header can
reach: forged headers prove nothing here, and network position neither.
"""

from taskyard.kit import logs
from taskyard.kit.asgi import App, Receive, Scope, Send, problem_reply, send_reply
from taskyard.kit.identity import Identity
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.problems import Problem
from taskyard.kit.requests import CLIENT_ADDRESS, REQUEST_ID, TRACE_ID, request_ids
from taskyard.kit.sockets import Socket


class ServiceDoor:
    """Around a service's application: authenticates every request that nobody in this process has."""

    def __init__(self, app: App, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate and pass on."""
        if scope["type"] == "websocket" and PRINCIPAL not in scope:
            await self._open(scope, Socket(scope, receive, send))
            return
        if scope["type"] == "http" and PRINCIPAL not in scope:
            scope[REQUEST_ID], scope[TRACE_ID] = request_ids(dict(scope["headers"]))
            logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
            try:
                address = await self._identity.client_address(scope)
                scope[PRINCIPAL] = await self._identity.authenticate(scope)
            except Problem as problem:
                await send_reply(send, problem_reply(problem, scope[TRACE_ID]))
                return
            if address is not None:
                scope[CLIENT_ADDRESS] = address
        await self._app(scope, receive, send)

    async def _open(self, scope: Scope, socket: Socket) -> None:
        """The same for a WebSocket."""
        scope[REQUEST_ID], scope[TRACE_ID] = request_ids(dict(scope["headers"]))
        logs.bind_request(scope[REQUEST_ID], scope[TRACE_ID])
        try:
            address = await self._identity.client_address(scope)
            scope[PRINCIPAL] = await socket.authenticate(self._identity) or await socket.introduce(self._identity)
        except Problem as problem:
            await socket.refuse(problem)
            return
        if address is not None:
            scope[CLIENT_ADDRESS] = address
        await self._app(scope, socket.receive, socket.send)
