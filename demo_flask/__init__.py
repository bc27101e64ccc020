"""Sign in with Xiaomi in a Flask application: a small real one, to try and to copy from.

``python -m demo_flask`` runs it. What is Xiaomi's is in :mod:`demo_flask.xiaomi` (the registration,
and where tokens are kept) and :mod:`demo_flask.sign_in` (the way there and back); the rest is what
any application with users has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.middleware.proxy_fix import ProxyFix

from . import account, database, home, language, problems, security, sent, sign_in, xiaomi
from .configuration import (
    ConfigurationError,
    from_environment,
    prepare_folder,
    sandbox_of,
    secret_key,
)

__all__ = ["create_app"]


def create_app(
    config: Mapping[str, Any] | None = None, instance: str | Path | None = None
) -> Flask:
    """The application.

    :param config: the configuration; by default what the environment says.
    :param instance: the folder for the database and the secret key; by default Flask's.
    :raises ConfigurationError: where something is missing or makes no sense.
    """
    app = Flask(__name__, instance_path=str(Path(instance).resolve()) if instance else None)
    app.config.update(
        # Cookies know no ports, and this is not the only application on 127.0.0.1.
        SESSION_COOKIE_NAME="xiaomi_demo_session",
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: the way back from Xiaomi starts on another site.
        SESSION_COOKIE_SAMESITE="Lax",
        # A form is good for as long as its session is.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=64 * 1024,
        TRUSTED_PROXIES=0,
        # Name and picture, and the id that is for this application alone.
        XIAOMI_SCOPE="1 3",
    )
    app.config.update(from_environment() if config is None else config)
    if not (app.config.get("XIAOMI_CLIENT_ID") and app.config.get("XIAOMI_CLIENT_SECRET")):
        raise ConfigurationError(
            "XIAOMI_CLIENT_ID and XIAOMI_CLIENT_SECRET are not set; "
            "python -m demo_flask does without, on a sandbox"
        )
    app.config["SANDBOX"] = sandbox_of(app.config)
    if not app.config.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = secret_key(Path(app.instance_path))
    if not app.config.get("DATABASE"):
        folder = prepare_folder(Path(app.instance_path))
        app.config["DATABASE"] = str(folder / "demo.sqlite3")
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )

    CSRFProtect(app)
    for part in (security, database, language, problems, sent, xiaomi, sign_in, home, account):
        part.init_app(app)
    return app
