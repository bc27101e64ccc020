"""What plain Authlib has to be told before it signs anybody in with Xiaomi."""

from __future__ import annotations

from typing import Any

from . import PREFIX, Xiaomi

__all__ = ["profile_request", "registration"]


def registration(xiaomi: Xiaomi, *, adapter: Any = None, transport: Any = None) -> dict[str, Any]:
    """The arguments of ``register``.

    :param adapter: the requests adapter that all of Authlib's sessions shall use.
    :param transport: the httpx transport that all of Authlib's clients shall use.
    """

    def without_prefix(response: Any) -> Any:
        response._content = response.content.removeprefix(PREFIX)
        return response

    def fix(client: Any) -> None:
        client.register_compliance_hook("access_token_response", without_prefix)
        if adapter:
            client.mount("https://", adapter)

    kept = {"transport": transport} if transport else {}
    return {
        **xiaomi.registration(),
        "authorize_params": {"skip_confirm": "false"},
        "client_kwargs": {
            "scope": "1",
            "token_endpoint_auth_method": "client_secret_post",
            **kept,
        },
        "compliance_fix": fix,
    }


def profile_request(client_id: str, token: dict[str, Any]) -> dict[str, Any]:
    """The arguments with which ``app.get`` asks for the profile.

    Authlib does not know tokens of the type "mac", so it must not use the token itself.
    """
    params = {"clientId": client_id, "token": token["access_token"]}
    return {"url": "user/profile", "params": params, "withhold_token": True}
