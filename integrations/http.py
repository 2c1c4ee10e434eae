"""The job client: PUT once, GET as often as needed, and never guess what an answer meant.

The rule of retries: what is safe is tried again (every GET; a PUT that provably did nothing because the
connection failed or the other side said 429 or 503), what is not is asked for. A PUT whose answer was lost
is looked up with GET and becomes `OutcomeUnknown` if that finds nothing: the request may still be under way.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from integrations.answers import Answer, AnswerLost, judge
from integrations.errors import OutcomeUnknown, PortError, PortSilent, PortUnavailable, ReplyMalformed
from integrations.ports import Body
from integrations.wire import canonical, check_key

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How patient a client is. Seconds, except where the name says otherwise."""

    token: str | None = field(default=None, repr=False)
    """Bearer token, if the other side wants one."""
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 30.0
    deadline_s: float = 60.0
    """For one exchange as a whole: a body that drips for ever passes every read timeout."""
    attempts: int = 4
    """Of what is safe to repeat; 1 means never repeat. None begins after `read_timeout_s`, and a system that takes a
    question and does not answer is not asked again at once: a whole call stays shorter than a flow's lease."""
    pause_s: float = 0.2
    """Upper bound of the first random pause; it doubles up to `pause_max_s`. Random, so that many
    waiting flows do not come back in the same instant."""
    pause_max_s: float = 5.0
    answer_max_bytes: int = 64 * 1024 * 1024
    """More than the largest job's reply; a longer answer is not read to its end."""


class JobClient:
    """Speaks the job contract to one base URL. One per event loop; close it (`async with` or `aclose`)."""

    def __init__(
        self, base_url: str, options: ClientOptions | None = None, http: httpx.AsyncClient | None = None
    ) -> None:
        """Make a client.

        Args:
            base_url: everything before `/{system}/…`, e.g. `https://siks.bri.example/v1`.
            options: patience and token.
            http: a connection pool to share; whoever made it closes it.

        Raises:
            ValueError: the base URL is not http or https.
        """
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("a base URL starts with http:// or https://")
        self._base = base_url.rstrip("/")
        self._options = options or ClientOptions()
        self._owned: httpx.AsyncClient | None = None
        if http is None:
            http = self._owned = make_http(self._options)
        self._http = http

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool, if it is ours."""
        if self._owned:
            await self._owned.aclose()

    async def send(self, path: str, key: str, body: Body, *, traceparent: str | None = None) -> Answer:
        """PUT a job once.

        Args:
            path: system and operation, e.g. `bank/BRI/si`.
            key: our key, 1 to 128 printable characters.
            body: JSON values; the same key must always carry the same body.
            traceparent: W3C trace context, passed through.

        Returns:
            The job resource, not yet judged (`wire.believe`).

        Raises:
            PortUnavailable: nothing was done there, also after all attempts.
            OutcomeUnknown: sent, and neither an answer nor the job could be had.
            PortRefused: a 4xx problem.
            ReplyMalformed: an answer outside the contract; the job may have been done.
        """
        content = canonical(body)

        async def put() -> Answer:
            return await self._exchange("PUT", path, key, content=content, traceparent=traceparent)

        try:
            return await self._repeat(path, put)
        except AnswerLost as lost:
            return await self._look_up(path, key, lost, traceparent)

    async def ask(self, path: str, key: str, *, traceparent: str | None = None) -> Answer | None:
        """GET a job; None if the other side says it does not know the key.

        Raises:
            PortUnavailable: no answer, also after all attempts.
            PortRefused: a 4xx problem other than the unknown key.
            ReplyMalformed: an answer outside the contract (a proxy's own 404 page among them).
        """

        async def get() -> Answer | None:
            answer = await self._exchange("GET", path, key, traceparent=traceparent)
            return answer if answer.known else None

        return await self._repeat(path, get)

    async def settle(self, path: str, key: str, body: Body, *, traceparent: str | None = None) -> Answer:
        """Ask first; send only what the other side does not know. Raises what `ask` and `send` raise."""
        found = await self.ask(path, key, traceparent=traceparent)
        return found or await self.send(path, key, body, traceparent=traceparent)

    async def read(self, path: str, params: Mapping[str, int] | None = None) -> Answer:
        """GET something that is not a job (a list of versions, a feed). Raises what `ask` raises."""

        async def get() -> Answer:
            return await self._exchange("GET", path, None, params=params)

        return await self._repeat(path, get)

    async def _look_up(self, path: str, key: str, lost: AnswerLost, traceparent: str | None) -> Answer:
        log.warning("port_answer_lost", path=path, key=key, reason=lost.reason)
        try:
            found = await self.ask(path, key, traceparent=traceparent)
        except PortError as error:
            raise OutcomeUnknown(path, key, f"{lost.reason}; asking failed: {type(error).__name__}") from None
        if found is None:  # not there now is not never there: the request may still be on its way
            raise OutcomeUnknown(path, key, f"{lost.reason}; not known there yet")
        return found

    async def _repeat(self, path: str, call: Callable[[], Awaitable[T]]) -> T:
        options = self._options
        jitter = wait_random_exponential(multiplier=options.pause_s, max=options.pause_max_s)

        def pause_s(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            told = error.retry_after_s if isinstance(error, PortUnavailable) else None
            return max(jitter(state), min(told or 0.0, options.pause_max_s))

        def note(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            log.warning("port_retry", path=path, attempt=state.attempt_number, error=str(error))

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, PortUnavailable) and not isinstance(e, PortSilent)),
            stop=stop_after_attempt(options.attempts) | stop_after_delay(options.read_timeout_s),
            wait=pause_s,
            before_sleep=note,
            reraise=True,
        )
        return await retrying(call)

    async def _exchange(
        self,
        method: str,
        path: str,
        key: str | None,
        *,
        content: bytes | None = None,
        params: Mapping[str, int] | None = None,
        traceparent: str | None = None,
    ) -> Answer:
        """Carry one request; a failure becomes the error that says what is safe next."""
        url = f"{self._base}/{path}" + (f"/{quote(check_key(key), safe='')}" if key is not None else "")
        request = self._http.build_request(
            method, url, content=content, params=params, headers=self._headers(content, traceparent)
        )
        try:
            async with asyncio.timeout(self._options.deadline_s):
                response, raw = await self._receive(request, path, key or "")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise PortUnavailable(path, type(error).__name__) from None
        except httpx.LocalProtocolError:
            raise  # a header we made ourselves is not legal: nothing was sent, and no retry mends it
        except httpx.DecodingError:
            raise ReplyMalformed(path, key or "", "the content encoding is broken") from None
        except (httpx.TransportError, TimeoutError) as error:
            if method == "GET" and isinstance(error, (httpx.ReadTimeout, TimeoutError)):
                raise PortSilent(path, type(error).__name__) from None
            if method == "GET":  # nothing to lose: asking again is always safe
                raise PortUnavailable(path, type(error).__name__) from None
            raise AnswerLost(type(error).__name__) from None
        return judge(method, path, key, response, raw)

    async def _receive(self, request: httpx.Request, path: str, key: str) -> tuple[httpx.Response, bytes]:
        response = await self._http.send(request, stream=True)
        try:
            if len(response.headers.get_list("content-encoding", split_commas=True)) > 1:
                # Each unpacks the one before as a whole: a few kilobytes become gigabytes.
                raise ReplyMalformed(path, key, "packed more than once")
            raw = bytearray()
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > self._options.answer_max_bytes:
                    raise ReplyMalformed(path, key, f"longer than {self._options.answer_max_bytes} bytes")
            return response, bytes(raw)
        finally:
            await response.aclose()

    def _headers(self, content: bytes | None, traceparent: str | None) -> dict[str, str]:
        headers = {"Accept": "application/json, application/problem+json", "Accept-Encoding": "identity"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if self._options.token:
            headers["Authorization"] = f"Bearer {self._options.token}"
        if traceparent:
            headers["traceparent"] = traceparent
        return headers


def make_http(options: ClientOptions) -> httpx.AsyncClient:
    """Return a pool that goes straight to the named host: proxies of the environment are not configuration."""
    timeout = httpx.Timeout(options.read_timeout_s, connect=options.connect_timeout_s, pool=options.connect_timeout_s)
    return httpx.AsyncClient(timeout=timeout, verify=_tls(), trust_env=False, follow_redirects=False)


@cache
def _tls() -> ssl.SSLContext:
    """Return the trusted roots, read once per process: reading them takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)
