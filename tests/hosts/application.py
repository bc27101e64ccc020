"""The application of a how-to, taken from its page and run as the page says."""

from __future__ import annotations

import html
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from authlib_xiaomi.sandbox import Sandbox

from ..docs.pages import read
from ..docs.processes import LONG, environment

#: The port of every how-to.
PORT = "5000"
#: What the how-tos put before an application's command.
SANDBOX = "authlib-xiaomi sandbox -- "


class Application:
    """A how-to's application while it runs."""

    def __init__(self, url: str, xiaomi: Sandbox | None, log: Path) -> None:
        self.url = url
        self._xiaomi = xiaomi
        self._log = log

    def browser(self) -> Browser:
        """A new browser, without cookies."""
        return Browser(self)

    @property
    def xiaomi(self) -> Sandbox:
        """The tests' own sandbox, that it was started with."""
        assert self._xiaomi is not None
        return self._xiaomi

    @property
    def log(self) -> str:
        """What the application has written."""
        return self._log.read_text(encoding="utf-8")


class Browser:
    """Somebody's browser: it keeps cookies, and follows redirects within the application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._url = application.url
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, url: str) -> requests.Response:
        return self._follow("GET", url)

    def post(self, url: str, **form: str) -> requests.Response:
        return self._follow("POST", url, form)

    def submit(self, page: str, action: str, **form: str) -> requests.Response:
        """Send a form to `action`, as the page at `page` does, with its token against forgery."""
        found = re.search(r'name="(csrf\w*)"[^>]*value="([^"]+)"', self._follow("GET", page).text)
        return self.post(action, **({found[1]: found[2]} if found else {}), **form)

    def json(self, url: str) -> dict[str, Any]:
        """The object in an answer."""
        found = self.get(url).json()
        assert isinstance(found, dict)
        return found

    def post_json(self, url: str, **data: str) -> requests.Response:
        """Send an object, as a front end does."""
        headers = {"X-CSRFToken": self._session.cookies.get("csrftoken") or ""}
        return self.fetch("POST", url, json=data, headers=headers)

    def fetch(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """One request, following no redirect."""
        return self._session.request(
            method, urljoin(self._url, url), allow_redirects=False, timeout=LONG, **kwargs
        )

    def allow(self, start: requests.Response, user: str) -> requests.Response:
        """Allow, at Xiaomi, as `user`: the page that the browser comes to in the end."""
        return self.get(self._application.xiaomi.allow(place(start), user=user))

    def deny(self, start: requests.Response) -> requests.Response:
        """Decline at Xiaomi."""
        return self.get(self._application.xiaomi.deny(place(start)))

    def allow_by_hand(self, start: requests.Response, user: str) -> requests.Response:
        """Allow at the pages of a sandbox that runs elsewhere."""
        page = self._session.get(place(start), timeout=LONG)
        for name, value in (("user", user), ("decision", "allow")):
            action = re.search(r'<form method="post" action="([^"]+)"', page.text)
            token = re.search(r'name="token" value="([^"]+)"', page.text)
            assert action, page.text
            assert token, page.text
            url = urljoin(page.url, html.unescape(action[1]))
            page = self._session.post(url, {"token": token[1], name: value}, timeout=LONG)
        return page

    def close(self) -> None:
        self._session.close()

    def _follow(
        self, method: str, url: str, form: dict[str, str] | None = None
    ) -> requests.Response:
        response = self.fetch(method, url, data=form)
        for _ in range(10):
            if not response.is_redirect:
                return response
            target = urljoin(response.url, response.headers["Location"])
            if not target.startswith(f"{self._url}/"):
                return response  # to Xiaomi
            response = self.fetch("GET", target)
        raise AssertionError(f"{url} redirects for ever")


def place(response: requests.Response) -> str:
    """Where a response sends the browser: a redirect, or JSON with ``authorization_url``."""
    if response.is_redirect:
        return response.headers["Location"]
    assert response.ok, f"{response.status_code} {response.text}"
    return response.json()["authorization_url"]


@contextmanager
def running(page: str, folder: Path, xiaomi: Sandbox | None = None) -> Iterator[Application]:
    """Run the application of `page`, a how-to, in `folder`, which is empty.

    :param xiaomi: a sandbox to use, in place of the one that the page's command starts.
    """
    for block in read(page).blocks:
        name = re.match(r"# ([\w/.-]+\.\w+)\n", block.text)
        if name and block.language == "python":
            path = folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    port = str(_free_port())
    ours: dict[str, str] = {}
    if xiaomi is not None:
        names = ("SECRET_KEY", "FLASK_SECRET_KEY", "DJANGO_SECRET_KEY")
        ours = {**xiaomi.config(), **dict.fromkeys(names, "a key for the tests" * 3)}
    env = environment(
        **ours,
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        NO_PROXY="*",
        # Flask-Security asks DNS for a registered address's domain; the tests have no network.
        FLASK_SECURITY_EMAIL_VALIDATOR_ARGS='{"check_deliverability": false}',
    )
    env.pop("PYTEST_CURRENT_TEST", None)  # by which NiceGUI would know, and behave differently
    log = folder / "application.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            ["bash", "-ec", shell_block(page, port, "exec " if xiaomi else SANDBOX)],
            cwd=folder,
            env=env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait(process, int(port), log)
            yield Application(f"http://127.0.0.1:{port}", xiaomi, log)
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                # With its children: a development server watches the one that serves.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                    break


def shell_block(page: str, port: str, before: str) -> str:
    """What stands under the page's heading "Run it", with another port, and with `before` in front
    of the application's command."""
    (block,) = (b for b in read(page).blocks if b.key.endswith("#run-it"))
    assert block.text.count(SANDBOX) == 1
    assert block.text.count(PORT) == 1
    return block.text.replace(SANDBOX, before).replace(PORT, port)


def _free_port() -> int:
    """A port that is free, and stays so until the application listens: it is below those that a
    system gives to outgoing connections and to servers without a port of their own."""
    for port in random.sample(range(20000, 30000), 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until something listens on `port`."""
    deadline = time.monotonic() + 5 * LONG  # Superset makes its database first
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"the application does not serve:\n{log.read_text(encoding='utf-8')}")
