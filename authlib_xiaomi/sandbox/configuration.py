"""What to configure in an application so that it comes to a sandbox, ready to copy. Pure."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["instructions"]


def instructions(url: str, registration: Mapping[str, str], users: Mapping[str, object]) -> str:
    """What the sandbox prints when it is run by itself.

    :param url: where it is.
    :param registration: what ``Sandbox.registration`` gives.
    :param users: the accounts by sign-in name.
    """
    keys = {f"XIAOMI_{key.upper()}": value for key, value in registration.items()}
    flask = "\n".join(f"    {key}={value!r}," for key, value in keys.items())
    # Quoted for a shell: an AppSecret may hold any character, but Xiaomi's hold no quote.
    starlette = "\n".join(f"export {key}='{value}'" for key, value in keys.items())
    django = "\n".join(f"        {key!r}: {value!r}," for key, value in registration.items())
    return f"""\
A sandbox that stands in for Xiaomi is at {url}
Accounts: {", ".join(users)}. Press Ctrl-C to stop it.

The application registers Xiaomi as ever:
oauth.register("xiaomi", client_cls=XiaomiOAuth2App)

# Flask: in the application's configuration
app.config.update(
{flask}
)

# Starlette, FastAPI: in the environment, read with OAuth(Config())
{starlette}

# Django: in settings.py
AUTHLIB_OAUTH_CLIENTS = {{
    'xiaomi': {{
{django}
    }},
}}
"""
