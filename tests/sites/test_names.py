"""The names of Xiaomi's settings: in the framework's configuration, and in the environment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from flask import Flask
from quart import Quart
from starlette.config import Config

from authlib_xiaomi import django_client, flask_client, quart_client, starlette_client

from .web import configure_django

Registry = Callable[..., Any]

configure_django()


def flask(config: Mapping[str, str], folder: Path) -> Any:
    app = Flask(__name__)
    app.config.update(config)
    return flask_client.OAuth(app)


def quart(config: Mapping[str, str], folder: Path) -> Any:
    app = Quart(__name__)
    app.config.update(config)
    return quart_client.OAuth(app)


def starlette(config: Mapping[str, str], folder: Path) -> Any:
    file = folder / "settings"
    file.write_text("".join(f"{name}={value}\n" for name, value in config.items()))
    return starlette_client.OAuth(Config(file, environ={}))


def django(config: Mapping[str, str], folder: Path) -> Any:
    return django_client.OAuth()


@pytest.fixture(params=[flask, quart, starlette, django])
def registered(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    """A registration, given the framework's configuration and the arguments of ``register``."""

    def register(config: Mapping[str, str], **given: Any) -> Any:
        with override_settings(**config):
            oauth = request.param(config, tmp_path)
            oauth.register("xiaomi", **given)
            return oauth.create_client("xiaomi")

    return register


def test_an_argument_wins_over_the_configuration_and_that_over_the_environment(
    registered: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CLIENT_ID", "1"), ("CLIENT_SECRET", "environment"), ("SCOPE", "1 3")):
        monkeypatch.setenv(f"XIAOMI_{name}", value)
    app = registered({"XIAOMI_CLIENT_ID": "2", "XIAOMI_CLIENT_SECRET": "config"}, client_id="3")
    assert (app.client_id, app.client_secret) == ("3", "config")
    assert app.client_kwargs["scope"] == "1 3"


@pytest.mark.parametrize("place", ["configuration", "environment"])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("XIAOMI_SCOPES", "XIAOMI_SCOPE"),
        ("XIAOMI_CLIENTID", "XIAOMI_CLIENT_ID"),
        ("XIAOMI_REDIRECT_URL", "XIAOMI_REDIRECT_URI"),
        ("XIAOMI_SKIP_CONFIRMATION", ""),
        ("XIAOMI_ROUTER", ""),
        ("MY_XIAOMI_SCOPES", ""),
    ],
)
def test_a_name_that_looks_misspelt_is_named_in_the_log(
    registered: Registry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
    name: str,
    meant: str,
) -> None:
    config = {"XIAOMI_CLIENT_ID": "2", "XIAOMI_CLIENT_SECRET": "secret"}
    if place == "environment":
        monkeypatch.setenv(name, "1")
    else:
        config[name] = "1"
    with caplog.at_level(logging.WARNING, "authlib_xiaomi"):
        registered(config)
    said = f"{name} is set, and nothing reads it; did you mean {meant}?"
    assert caplog.messages == ([said] if meant else [])
