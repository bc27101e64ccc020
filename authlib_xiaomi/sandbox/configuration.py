"""What to configure in an application so that it comes to a sandbox, ready to copy. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping

from .faults import ENDPOINTS

__all__ = ["instructions", "registration"]


def registration(url: str, client_id: str, client_secret: str) -> dict[str, str]:
    """The keyword arguments with which ``oauth.register`` comes to a sandbox at `url`."""
    return {
        "client_id": client_id,
        "client_secret": client_secret,
        "authorize_url": url + ENDPOINTS["authorize"],
        "access_token_url": url + ENDPOINTS["token"],
        "api_base_url": url + "/",
    }


def instructions(
    url: str,
    values: Mapping[str, str],
    users: Iterable[str],
    control_token: str,
    say: Callable[..., str],
) -> str:
    """What the sandbox prints when it is run by itself.

    :param url: where it is.
    :param values: what :func:`registration` gives.
    :param users: the accounts' sign-in names.
    :param control_token: what changes over HTTP need.
    :param say: gives a text by its key.
    """
    command = "authlib-xiaomi sandbox fail token --status 503"
    if not url.endswith(":9009"):
        command = f"{command} --url {url}"
    return f"""\
{say("print_where", url=url)}
{say("print_accounts", users=", ".join(users))}
{say("print_fail", command=command)}
{say("print_token", token=control_token)}

{say("print_register")}
oauth.register("xiaomi", client_cls=XiaomiOAuth2App)

{_blocks(values, say)}
"""


def _blocks(values: Mapping[str, str], say: Callable[..., str]) -> str:
    """The same values for each framework, to paste."""
    keys = {f"XIAOMI_{key.upper()}": value for key, value in values.items()}
    flask = "\n".join(f"    {key}={value!r}," for key, value in keys.items())
    starlette = "\n".join(f"export {key}={shlex.quote(value)}" for key, value in keys.items())
    django = "\n".join(f"        {key!r}: {value!r}," for key, value in values.items())
    return f"""\
# {say("print_flask")}
app.config.update(
{flask}
)

# {say("print_starlette")}
{starlette}

# {say("print_django")}
AUTHLIB_OAUTH_CLIENTS = {{
    'xiaomi': {{
{django}
    }},
}}"""
