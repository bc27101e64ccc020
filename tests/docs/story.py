"""One page as a reader follows it: its blocks in their order, in a folder that was empty.

What a block is, its first line and its language say:

- Python that begins with ``# app.py`` is the whole of that file.
- Python that begins with ``# in app.py`` goes into that file: what it defines, assigns or
  registers takes the place of what has the same name, and the rest stands at the end.
- Other Python is a script, and runs. HTML and CSS without such a line are for pages of the reader.
- Shell runs in bash, as it stands. What ``export`` and ``cd`` do lasts. If the last line starts a
  server, it serves while the page's checks for that block visit it.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from authlib_xiaomi.sandbox import Sandbox

from .pages import ADDRESS, ROOT, Block
from .processes import LONG, environment
from .visitor import Visitor

#: The credentials that the pages have, and so the sandbox of their tests.
CLIENT_ID = "2882303761520251711"
CLIENT_SECRET = "your-app-secret"

#: Commands that serve until they are ended.
_SERVER = re.compile(
    r"authlib-xiaomi sandbox(?! fail)(?!.* python \w+\.py$)"
    r"|^(flask run|uvicorn \w|gunicorn|python \S+ runserver|make demo)"
)
#: What they say when they are up.
_UP = r"(?:[Rr]unning on|development server at|Listening at:|Open) (http://127\.0\.0\.1:[1-9]\d*)"
_SANDBOX_UP = r"is at (http://127\.0\.0\.1:[1-9]\d*)"


class Story:
    """A reader's folder, terminal and sandboxes.

    :param page: its path from the repository's root.
    :param folder: empty.
    :param programs: the folders of the environment's programs.
    :param wheels: where pip finds this package.
    :param xiaomi: takes any callback on this machine.
    :param published: takes those of https://example.com/.
    :param ending: closed at the end.
    """

    def __init__(
        self,
        page: str,
        folder: Path,
        programs: str,
        wheels: Path,
        xiaomi: Sandbox,
        published: Sandbox,
        ending: ExitStack,
    ) -> None:
        self.page = page
        self.folder = folder / "reader"
        self.folder.mkdir()
        self.xiaomi = xiaomi
        self.published = published
        self.ending = ending
        #: The folder that the terminal is in, and what was exported there.
        self.here = self.folder
        self._exported: dict[str, str] = {}
        self._said: list[str] = []
        self._forgiven = False
        # Nothing but loopback, wherever a block leads; servers on free ports.
        self.env = environment(
            PATH=os.pathsep.join([programs, os.environ["PATH"]]),
            PIP_NO_INDEX="1",
            # All packages of the tests' environment would be looked at, whether they fit together.
            PIP_NO_WARN_CONFLICTS="false",  # that is how pip reads its options with "no"
            PIP_FIND_LINKS=str(wheels),
            FLASK_RUN_PORT="0",
            UVICORN_PORT="0",
            DATABASE_URL=f"sqlite:///{self.folder}/database.sqlite3",
            HOME=str(folder),
            SANDBOX_URL=xiaomi.url,
            XIAOMI_SANDBOX_TOKEN=xiaomi.control_token,
            # A clone is one of this checkout.
            GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0=f"url.{ROOT}.insteadOf",
            GIT_CONFIG_VALUE_0=f"{ADDRESS}.git",
        )
        for name in ("PYTHONPATH", "VIRTUAL_ENV"):
            self.env.pop(name, None)

    def forgive(self) -> None:
        """Let the server that runs have had a traceback."""
        self._forgiven = True

    @property
    def said(self) -> str:
        """What was said by the last command, or by the server that runs."""
        return "".join(self._said)

    def configure(self) -> None:
        """Set what a reader has who has followed another page before this one."""
        self.env.update(XIAOMI_CLIENT_ID=CLIENT_ID, XIAOMI_CLIENT_SECRET=CLIENT_SECRET)
        for name in ("SECRET_KEY", "FLASK_SECRET_KEY", "DJANGO_SECRET_KEY"):
            self.env[name] = "a key that is long enough for each of the three frameworks"

    def _env(self, script: str) -> dict[str, str]:
        """Whatever leads to Xiaomi leads to a sandbox."""
        xiaomi = self.published if "https://example.com/" in script else self.xiaomi
        urls = {k: v for k, v in xiaomi.config().items() if k.endswith("_URL")}
        return {**urls, **self.env, **self._exported}

    def write(self, name: str, text: str) -> None:
        """Make a file."""
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.here / name).read_text(encoding="utf-8")

    def follow(self, block: Block) -> str | None:
        """Do what a reader does with a block.

        :returns: the command of a server, which is still to be started; or ``None``.
        """
        named = re.match(r"(?:#|<!--) (in )?([\w/.-]+\.\w+)(?:: .*)?(?: -->)?\n", block.text)
        if block.language == "shell":
            *lines, last = block.text.splitlines(keepends=True)
            if _SERVER.search(last):
                self.run("".join(lines))
                return last
            self.run(block.text)
        elif named and named[1]:
            self.write(named[2], in_place_of(self.read(named[2]), block.text))
        elif named:
            self.write(named[2], block.text)
        elif block.language == "python":
            self.write("block.py", block.text)
            self.run("python block.py")
        return None

    def run(self, script: str, *, status: int = 0) -> str:
        """Run a script in the reader's terminal; what it says."""
        left = self.folder.parent / "terminal"
        env = self._env(script)
        result = subprocess.run(
            ["bash", "-ec", f"{script}\nenv -0 > {left}"],
            env=env,
            cwd=self.here,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=2 * LONG,
            check=False,
        )
        self._said = [result.stdout]
        assert result.returncode == status, f"{script}\n{result.stdout}"
        if status == 0:
            now = dict(entry.split("=", 1) for entry in left.read_text().split("\0") if entry)
            self.here = Path(now.pop("PWD"))
            own = ("_", "OLDPWD", "SHLVL")
            self._exported |= {k: v for k, v in now.items() if k not in own and env.get(k) != v}
        return self.said

    def answer(self, script: str, reply: Callable[[str], str]) -> str:
        """Run a script that asks something.

        :param reply: gives the answer to what was said.
        :returns: all that was said.
        """
        process = self._start(script, stdin=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        said = ""
        while not re.search(r"[Pp]aste [^\n]*:\s$", said):
            said += process.stdout.read(1) or self._ended(script, said)
        rest, _ = process.communicate(reply(said) + "\n", timeout=LONG)
        assert process.returncode == 0, rest
        return said + rest

    def _ended(self, script: str, said: str) -> NoReturn:
        raise AssertionError(f"{script} asked nothing:\n{said}")

    def _start(self, script: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", script],
            env=self._env(script),
            cwd=self.here,
            text=True,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @contextmanager
    def serve(self, command: str) -> Iterator[Visitor]:
        """Run a server as long as the block; somebody's browser there."""
        alone = "authlib-xiaomi sandbox" in command and " -- " not in command
        process = self._start(command)
        too_late = threading.Timer(2 * LONG, _kill, [process, signal.SIGKILL])
        too_late.start()
        self._said = said = []
        self._forgiven = False
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                url = re.search(_SANDBOX_UP if alone else _UP, line)
                if url:
                    break
            else:
                raise AssertionError(f"{command} did not start:\n{''.join(said)}")
            rest = threading.Thread(target=said.extend, args=[process.stdout])
            rest.start()
            try:
                _wait_for(url[1])
                with Visitor(url[1]) as visitor:
                    yield visitor
                # Not afterwards: make and its child both get a signal, and hand it on.
                assert self._forgiven or "Traceback" not in self.said, self.said
            finally:
                _kill(process, signal.SIGTERM)
                rest.join()
        finally:
            too_late.cancel()
            _kill(process, signal.SIGKILL)
            process.communicate()


def in_place_of(text: str, other: str) -> str:
    """`text`, with what `other` defines, assigns or registers taken out, and `other` at its end."""
    new = {_names(node) for node in ast.parse(other).body} - {None}
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        if _names(node) in new:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            del lines[first - 1 : node.end_lineno]
    return f"{''.join(lines)}\n\n{other}"


def _names(node: ast.stmt) -> str | None:
    """What a statement is about, if there can be only one such."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.Expr) and ast.unparse(node).startswith("oauth.register("):
        return "oauth.register"
    return None


def _wait_for(url: str) -> None:
    """Wait until something listens there: some say so before they do."""
    deadline = time.monotonic() + LONG
    place = urlsplit(url)
    while True:
        with suppress(ConnectionRefusedError):
            socket.create_connection((place.hostname, place.port), LONG).close()
            return
        assert time.monotonic() < deadline, url
        time.sleep(0.02)


def _kill(process: subprocess.Popen[str], number: int) -> None:
    # With its children: a development server watches the one that serves.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
