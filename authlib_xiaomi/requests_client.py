"""Xiaomi over requests.

>>> session = XiaomiOAuth2Session(client_id, client_secret, redirect_uri=callback)
>>> url, state = session.create_authorization_url()
>>> token = session.fetch_token(authorization_response=callback_url, state=state)
>>> session.userinfo(token=token)["name"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from authlib.integrations.requests_client import OAuth2Auth, OAuth2Session
from requests.hooks import dispatch_hook  # the one name of requests that is not documented
from requests.structures import CaseInsensitiveDict

from ._authlib import ClientTokenAuth, protected_request_hooks
from ._calls import SyncMethods, hiding_token
from ._core.exchange import Call
from ._core.options import describe_options
from ._core.runtime import Runtime, run_sync
from ._core.urls import goes_to_api, origin
from ._option_types import SessionOptions, signature_lists
from ._own_requests import OwnRequest
from ._requests_wire import CALL, XiaomiAdapter, put_on

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["XiaomiOAuth2Session"]


class XiaomiAuth(ClientTokenAuth, OAuth2Auth):
    """``client.token_auth`` for requests of other sessions. To requests to the open API, and to no
    others, it adds the client's token, which is then in the URL of the response."""

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        client = self.client
        if goes_to_api(req.url or "", client.api_base_url):
            token = run_sync(client._source(None).fresh())
            put_on(req, client._call_auth(token, {}).call)
        return req


class _CallAuth(requests.auth.AuthBase):
    """The ``auth=`` of one call: it hands the call to the adapter, which adds the credentials."""

    def __init__(self, client: XiaomiOAuth2Session, call: Call) -> None:
        self._client = client
        self.call = call

    def __call__(self, req: requests.PreparedRequest) -> requests.PreparedRequest:
        for hook in protected_request_hooks(self._client):
            req.url, req.headers, req.body = hook(req.url, req.headers, req.body)
        # The URL as it will be sent, not as it was written.
        if goes_to_api(req.url or "", self._client.api_base_url):
            setattr(req, CALL, self.call)
        return req


class XiaomiOAuth2Session(SyncMethods, OAuth2Session):  # type: ignore[misc]
    __doc__ = f"""Authlib's ``OAuth2Session``, for Xiaomi.

    One session may serve many users at once: pass ``token=`` with each call. Options that are not
    given are read from the environment (``XIAOMI_CLIENT_ID``, …).

{describe_options()}
    :param token: a user's token, as ``fetch_token`` gave it, or an access token (str).
    :raises ValueError: for an option that is not valid.
    :raises TypeError: for a misspelt option, an option of httpx, or a hook of the wrong kind.
    """

    _runtime = Runtime()
    token_auth_class = XiaomiAuth
    _TAKEN = SessionOptions.__optional_keys__
    _REFUSED = {  # noqa: RUF012
        "proxy": 'requests\' option is proxies={"https": "http://…"}',
        "mounts": 'requests\' option is proxies={"https": "http://…"}',
        "transport": "mount an adapter on the session instead",
        "limits": "the option is max_connections",
        "event_hooks": 'requests\' option is hooks={"response": …}',
        "follow_redirects": "it is an option of httpx; Xiaomi's redirects are never followed",
        "http1": "it is an option of httpx",
        "http2": "it is an option of httpx",
        "base_url": "the option is api_base_url",
    }
    _REDIRECTS = "allow_redirects"
    _NO_AUTH = None
    _RESPONSE = requests.Response
    _CALL_AUTH = _CallAuth

    @signature_lists(SessionOptions)
    def __init__(
        self,
        client_id: str | int | None = None,
        client_secret: str | None = None,
        **options: Unpack[SessionOptions],
    ) -> None:
        super().__init__(
            **self._prepare(client_id=client_id, client_secret=client_secret, **options)
        )
        # The adapters of requests. Those that are mounted later are the application's.
        self._default_adapters = set(self.adapters.values())
        self._adapters: dict[Any, XiaomiAdapter] = {}
        self.default_timeout = self._options.timeout

    def get_adapter(self, url: str) -> Any:
        """Return the adapter for `url`: for Xiaomi's hosts this package's, which sends through the
        one that the application has mounted for them, if any."""
        return self._adapter(url) if self._is_xiaomi(url) else super().get_adapter(url)

    def _adapter(self, url: str) -> XiaomiAdapter:
        found: Any = super().get_adapter(url)
        inner = None if found in self._default_adapters else found
        if inner not in self._adapters:
            self._adapters[inner] = XiaomiAdapter(self._options, self._shared, inner)
        return self._adapters[inner]

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """As in requests; for Xiaomi's hosts each process reads its environment once."""
        if not self._is_xiaomi(url):
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        environments, key = self._adapter(url).environments, (origin(url), self.trust_env)
        if key not in environments:
            with requests.Session() as plain:
                plain.trust_env = self.trust_env
                read = plain.merge_environment_settings(url, {}, None, None, None)
            environments[key] = dict(read)
        found = environments[key]
        if verify in (None, True) and isinstance(found["verify"], str):
            verify = found["verify"]  # a bundle of the environment's
        merged = {**self.proxies, **found["proxies"], **(proxies or {})}
        return {
            "proxies": {k: v for k, v in merged.items() if v is not None},
            "stream": self.stream if stream is None else stream,
            "verify": self.verify if verify is None else verify,
            "cert": self.cert if cert is None else cert,
        }

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """As in requests; ``None`` for Xiaomi's hosts, whose redirects are never followed."""
        if self._is_xiaomi(resp.url):
            return None
        target: str | None = super().get_redirect_target(resp)
        return target

    async def _library_request(self, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        return OAuth2Session.request(self, method, url, withhold_token=True, **kwargs)

    async def _send(self, request: OwnRequest) -> requests.Response:
        """Send a request through the adapter: what a session does besides is not needed for it."""
        settings = request.settings
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url = request.method, request.url
        headers: Any = {**self.headers, **request.headers}
        prepared.headers = CaseInsensitiveDict(headers)
        setattr(prepared, CALL, request.call)
        given = {name: settings.get(name) for name in ("proxies", "verify", "cert")}
        sending = {
            "timeout": settings.get("timeout", self.default_timeout),
            **self.merge_environment_settings(request.url, stream=False, **given),
        }
        response: requests.Response = self._adapter(request.url).send(prepared, **sending)
        for hooks in (self.hooks, settings.get("hooks")):
            response = dispatch_hook("response", hooks, response, **sending)  # type: ignore[no-untyped-call]
        return response

    def close(self) -> None:
        """Wait for the refreshes that have begun, and close the connections."""
        run_sync(self._shared.refresher.idle(self._runtime, self._options.time_limit))
        super().close()
        for adapter in list(self._adapters.values()):
            adapter.close()


for _name in ("get", "options", "head", "post", "put", "patch", "delete"):
    setattr(XiaomiOAuth2Session, _name, hiding_token(getattr(OAuth2Session, _name)))
