"""The wire: one connection of the peer endpoint, cut off when its other end is too slow.

Over TLS, the application finds the certificate that the other end has shown, in `request.state.certificate`.

uvicorn waits for ever for a header that drips in, a body that drips in, or a reader that does not read. Here
the other end has so long for a request's head, and so long for all of it and its answer; then the connection
is dropped, whatever still waits to be sent.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""From the connection, or the end of the answer before, to the end of a request's head."""

WHOLE_SECONDS = 90.0
"""From the first byte of a request to the last byte of its answer."""


class Wire(HttpToolsProtocol):
    """A connection with deadlines."""

    _limit: asyncio.TimerHandle | None = None
    _certificate: bytes = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Begin, and wait for a head."""
        super().connection_made(transport)
        secure = transport.get_extra_info("ssl_object")
        self._certificate = (secure and secure.getpeercert(binary_form=True)) or b""
        self._within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._within(None)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest of the head."""
        super().on_message_begin()
        self.scope["state"]["certificate"] = self._certificate
        self._within(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """Wait for the body to come and the answer to go."""
        super().on_headers_complete()
        self._within(WHOLE_SECONDS)

    def on_response_complete(self) -> None:
        """Wait for the next request; uvicorn closes an idle connection before."""
        super().on_response_complete()
        self._within(HEAD_SECONDS)

    def _within(self, seconds: float | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)
