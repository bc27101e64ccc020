"""What to configure in an application so that it comes to a sandbox, ready to copy. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from .faults import ENDPOINTS

__all__ = ["FORMATS", "as_json", "instructions", "registration", "variables"]


def registration(url: str, client_id: str, client_secret: str) -> dict[str, str]:
    """The keyword arguments with which ``oauth.register`` comes to a sandbox at `url`."""
    return {
        "client_id": client_id,
        "client_secret": client_secret,
        "authorize_url": url + ENDPOINTS["authorize"],
        "access_token_url": url + ENDPOINTS["token"],
        "api_base_url": url + "/",
    }


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """The environment's variables for the same."""
    return {f"XIAOMI_{key.upper()}": value for key, value in values.items()}


def instructions(
    url: str,
    values: Mapping[str, str],
    users: Iterable[str],
    control_token: str,
    form: str,
    say: Callable[..., str],
) -> str:
    """What the sandbox prints when it is run by itself.

    :param url: where it is.
    :param values: what :func:`registration` gives.
    :param users: the accounts' sign-in names.
    :param control_token: what changes over HTTP need.
    :param form: of the block to paste, one of :data:`FORMATS`.
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

# {say(f"print_{form}")}
{FORMATS[form](url, values)}
"""


def as_json(
    url: str, values: Mapping[str, str], users: Iterable[str], control_token: str
) -> dict[str, object]:
    """The same for a program."""
    return {
        "url": url,
        **values,
        "users": list(users),
        "control_token": control_token,
        "env": variables(values),
    }


def _shell(url: str, values: Mapping[str, str]) -> str:
    lines = variables(values).items()
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in lines)


def _dotenv(url: str, values: Mapping[str, str]) -> str:
    lines = variables(values).items()
    return "\n".join(f"{name}={_quoted_for_dotenv(value)}" for name, value in lines)


def _quoted_for_dotenv(value: str) -> str:
    # Without quotes where it can be, as Docker's --env-file keeps them.
    if re.fullmatch(r"[\w./:+=-]+", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _flask(url: str, values: Mapping[str, str]) -> str:
    lines = "\n".join(f"    {name}={value!r}," for name, value in variables(values).items())
    return f"app.config.update(\n{lines}\n)"


def _django(url: str, values: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in variables(values).items())


def _compose(url: str, values: Mapping[str, str]) -> str:
    """Two services: the application's server goes to the sandbox by its name, its users' browsers
    by the port on this machine."""
    port = urlsplit(url).port
    inside = f"http://xiaomi:{port}"
    apart = {
        "access_token_url": inside + ENDPOINTS["token"],
        "api_base_url": f"{inside}/",
    }
    lines = "\n".join(
        # A dollar sign begins a variable.
        f"      {name}: {json.dumps(value).replace('$', '$$')}"
        for name, value in variables({**values, **apart}).items()
    )
    command = f"authlib-xiaomi sandbox --host 0.0.0.0 --insecure-expose --port {port}"
    return f"""\
services:
  app:
    environment:
{lines}
      # xiaomi is no loopback address, and http to any other is refused without this.
      AUTHLIB_INSECURE_TRANSPORT: "1"
    depends_on: [xiaomi]
  xiaomi:
    image: python:3-slim
    command: sh -c "pip install 'authlib-xiaomi[sandbox]' && {command}"
    ports: ["127.0.0.1:{port}:{port}"]"""


#: The forms in which the variables can be pasted.
FORMATS: Final[Mapping[str, Callable[[str, Mapping[str, str]], str]]] = {
    "shell": _shell,
    "flask": _flask,
    "django": _django,
    "dotenv": _dotenv,
    "compose": _compose,
}
