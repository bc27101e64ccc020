"""Every private or undocumented name of Authlib that this package uses.

The rest of the package imports from here. ``tests/test_authlib_names.py`` goes through
:data:`LEANED_ON` with the oldest and the newest release, and names what has moved.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin as AsyncOAuth2Mixin
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge

#: Where a name is, and why it is needed.
LEANED_ON: Final = (
    ("authlib.oauth2.client:OAuth2Client.client_auth", "custom methods of client authentication"),
    ("authlib.oauth2.client:OAuth2Client.EXTRA_AUTHORIZE_PARAMS", "which metadata goes along"),
    (
        "authlib.oauth2.client:OAuth2Client(None).compliance_hook",
        "compliance hooks of applications",
    ),
    ("authlib.oauth2.client:OAuth2Client(None).token_auth.hooks", "protected_request hooks"),
    (
        "authlib.oauth2.client:OAuth2Client(None).token_auth.set_token",
        "Authlib assigns tokens by it",
    ),
    (
        "authlib.integrations.base_client:BaseOAuth.generate_client_kwargs",
        "to read our names from configurations",
    ),
    ("authlib.integrations.base_client:OAuth2Mixin(None)._fetch_token", "the app's hook"),
    ("authlib.integrations.base_client:OAuth2Mixin(None)._update_token", "the app's hook"),
    ("authlib.integrations.base_client:OAuth2Mixin(None)._user_agent", "the User-Agent header"),
    (
        "authlib.integrations.base_client.async_app:AsyncOAuth2Mixin",
        "the base of asynchronous apps where Authlib has none for the framework",
    ),
    ("authlib.integrations.base_client:FrameworkIntegration.set_state_data", "states in sessions"),
    ("authlib.integrations.base_client:FrameworkIntegration.get_state_data", "states in sessions"),
    ("authlib.integrations.base_client:FrameworkIntegration.clear_state_data", "the same"),
    ("authlib.integrations.base_client:FrameworkIntegration.update_token", "the signals"),
    ("authlib.integrations.base_client:FrameworkIntegration('').cache", "to check it"),
    ("authlib.integrations.httpx_client.oauth2_client:AsyncOAuth2Client", "which httpx it uses"),
)

#: The fields of the server's metadata that are sent in the authorization URL.
AUTHORIZE_METADATA: Final = ("response_type", *OAuth2Client.EXTRA_AUTHORIZE_PARAMS)

#: The base class of mixins for Authlib's classes, which have no types.
Base: Any = object


class ClientTokenAuth(Base):  # type: ignore[misc]
    """``client.token_auth``, whose token is the client's: a mixin for Authlib's class."""

    client: Any

    def __init__(self, token: Any, token_placement: Any = None, client: Any = None) -> None:
        super().__init__(None, token_placement, client)
        if token is not None:
            client.token = token

    def set_token(self, token: Any) -> None:
        """As in Authlib."""
        self.client.token = token

    # Authlib's constructor assigns one, too: that is ignored.
    token = property(lambda self: self.client.token, lambda self, token: None)


def app_hooks(app: Any) -> tuple[Callable[..., Any] | None, Callable[..., Any] | None]:
    """The ``fetch_token`` and ``update_token`` of a registration."""
    return app._fetch_token, app._update_token


def user_agent(app: Any) -> str:
    """The User-Agent header of a registration."""
    return str(app._user_agent)


def state_storage(app: Any) -> Any:
    """The object that saves and finds states: Authlib's integration of the framework."""
    return app.framework


def compliance_hooks(client: Any, kind: str) -> list[Callable[..., Any]]:
    """The compliance hooks that an application has registered for `kind`."""
    return list(client.compliance_hook[kind])


def protected_request_hooks(client: Any) -> list[Callable[..., Any]]:
    """The compliance hooks for API calls: they take and return URL, headers and body."""
    return list(client.token_auth.hooks)


def client_auth(client: Any, method: Any, url: str, form: Any) -> tuple[str, Any, Any]:
    """URL, headers and body of a token request, by a method of client authentication."""
    auth = client.client_auth(method)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    prepared: tuple[str, Any, Any] = auth.prepare("POST", url, headers, form)
    return prepared


def authorization_url(
    client: Any, url: str, state: str | None, code_verifier: str | None, params: Mapping[str, Any]
) -> tuple[str, str]:
    """The authorization URL and the state, as by Authlib's clients, in a third of the time."""
    state = secrets.token_urlsafe(24) if state is None else state
    found = {name: client.metadata[name] for name in AUTHORIZE_METADATA if name in client.metadata}
    query = {"response_type": "code", "client_id": client.client_id, "state": state}
    query.update({**found, **params})
    if (
        code_verifier
        and client.code_challenge_method == "S256"
        and query["response_type"] == "code"
    ):
        query["code_challenge"] = create_s256_code_challenge(code_verifier)  # type: ignore[no-untyped-call]
        query["code_challenge_method"] = "S256"
    added = urlencode({k: v for k, v in query.items() if v is not None}, doseq=True)
    parts = urlsplit(url)
    own = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=own + added).geturl(), state


def httpx_module() -> Any:
    """The httpx that Authlib uses, httpx or httpx2: only the base class of its client tells."""
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    base = next(cls for cls in AsyncOAuth2Client.__mro__ if cls.__module__.startswith("httpx"))
    return importlib.import_module(base.__module__.partition(".")[0])
