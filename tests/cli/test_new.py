"""``new``: the files that it writes, and that the applications in them do what they should."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authlib_xiaomi.cli.scaffold import FRAMEWORKS
from authlib_xiaomi.sandbox import Account, Sandbox

from ..docs.processes import Browser, environment, serving
from .conftest import Run

#: How each is served on a free port, in place of the documented one.
SERVED = {
    "flask": ["-m", "flask", "run", "--port", "0"],
    "fastapi": ["-m", "uvicorn", "app:app", "--port", "0"],
    "django": ["app.py", "runserver", "--noreload", "0"],
}
#: More than Django's fifty characters.
KEY = "0123456789abcdef" * 4


class TestWriting:
    """What is written, and what is not."""

    @pytest.mark.parametrize("framework", FRAMEWORKS)
    def test_it_writes_an_application_and_its_settings(
        self, run: Run, place: Path, framework: str
    ) -> None:
        result = run("new", framework)
        assert result.exit_code == 0
        assert sorted(path.name for path in place.iterdir()) == [".env.example", "app.py"]
        assert result.stdout.startswith("Written: app.py, .env.example\n")
        assert f"authlib-xiaomi sandbox -- {FRAMEWORKS[framework].run}" in result.stdout
        compile((place / "app.py").read_text(), "app.py", "exec")
        settings = (place / ".env.example").read_text()
        assert "\nXIAOMI_CLIENT_ID=\nXIAOMI_CLIENT_SECRET=\n" in settings
        key = re.search(r'os\.environ\["(\w+)"\]', (place / "app.py").read_text())
        assert key
        assert f"\n{key[1]}=\n" in settings

    def test_a_folder_is_made(self, run: Run, place: Path) -> None:
        result = run("new", "flask", "my site/web")
        assert (place / "my site" / "web" / "app.py").exists()
        assert "  cd 'my site/web'\n" in result.stdout

    @pytest.mark.parametrize(("framework", "port"), [("flask", 5000), ("fastapi", 8000)])
    def test_the_callback_is_there_to_copy(self, run: Run, framework: str, port: int) -> None:
        assert f"\n  http://127.0.0.1:{port}/auth\n" in run("new", framework).stdout

    def test_json_has_the_files_and_the_commands(self, run: Run) -> None:
        result = json.loads(run("new", "django", "web", "--json").stdout)
        assert result == {
            "files": ["web/app.py", "web/.env.example"],
            "commands": {
                "folder": "cd web",
                "install": "pip install 'authlib-xiaomi[django,sandbox,cli]'",
                "sandbox": "authlib-xiaomi sandbox -- python app.py runserver",
                "xiaomi": "dotenv run -- python app.py runserver",
            },
            "callback": "http://127.0.0.1:8000/auth",
        }

    @pytest.mark.parametrize("name", ["app.py", ".env.example"])
    def test_nothing_is_overwritten(self, run: Run, place: Path, name: str) -> None:
        (place / name).write_text("mine")
        result = run("new", "flask")
        assert result.stderr == f"error: {name} is there already, and nothing was written\n"
        assert result.exit_code == 2
        assert [path.name for path in place.iterdir()] == [name]
        assert (place / name).read_text() == "mine"

    def test_a_link_to_nowhere_is_not_followed(self, run: Run, place: Path) -> None:
        (place / "app.py").symlink_to(place / "elsewhere.py")
        assert run("new", "flask").exit_code == 2
        assert not (place / "elsewhere.py").exists()

    def test_a_folder_that_cannot_be_made_is_one_line(self, run: Run, place: Path) -> None:
        (place / "file").touch()
        result = run("new", "flask", "file/web")
        assert result.stderr.startswith("error: cannot write file/web: ")
        assert result.exit_code == 2

    def test_it_speaks_chinese(self, run: Run) -> None:
        assert "使用沙箱" in run("new", "flask", "--lang", "zh").stdout


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as xiaomi:
        xiaomi.users["nameless"] = Account(7, "union_7", nick=None, icon=None)
        yield xiaomi


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where the application of one framework is."""
    from authlib_xiaomi.cli import main

    folder = tmp_path_factory.mktemp("new") / request.param
    assert main(["new", request.param, str(folder)]) == 0
    command = [sys.executable, "-W", "error", *SERVED[request.param]]
    keys = dict.fromkeys(("FLASK_SECRET_KEY", "SECRET_KEY", "DJANGO_SECRET_KEY"), KEY)
    with serving(command, folder, environment(**sandbox.config(), **keys)) as url:
        yield url


@pytest.mark.parametrize("served", SERVED, indirect=True)
class TestRunning:
    """The applications, as they were written."""

    @pytest.fixture
    def browser(self, served: str, sandbox: Sandbox) -> Iterator[Browser]:
        with Browser(served, sandbox) as browser:
            yield browser
        sandbox.clear()

    def test_a_user_signs_in_and_out(self, browser: Browser) -> None:
        assert 'href="/login"' in browser.get("/").text
        assert browser.sign_in("lei").headers["Location"] == "/"
        page = browser.get("/").text
        assert "Hello, Lei" in page
        assert '/pictures/lei.svg" alt="" width="90">' in page
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        form = {"csrfmiddlewaretoken": token[1]} if token else {}
        assert browser.post("/logout", **form).headers["Location"] == "/"
        assert 'href="/login"' in browser.get("/").text

    def test_a_link_signs_nobody_out(self, browser: Browser) -> None:
        browser.sign_in("lei")
        assert browser.get("/logout").status_code == 405
        assert "Hello, Lei" in browser.get("/").text

    def test_a_name_is_escaped(self, browser: Browser) -> None:
        browser.sign_in("fox")
        page = browser.get("/").text
        assert "&lt;b&gt;米粉&lt;/b&gt; 🦊" in page
        assert "<b>" not in page

    def test_a_user_without_name_and_picture_is_greeted_all_the_same(
        self, browser: Browser
    ) -> None:
        browser.sign_in("nameless")
        page = browser.get("/").text
        assert "Hello, union_7" in page
        assert "<img" not in page

    def test_who_declines_is_told_calmly(self, browser: Browser, sandbox: Sandbox) -> None:
        answer = browser.get(sandbox.deny(browser.login()))
        assert answer.status_code == 200
        assert "You did not allow access. Nothing was shared." in answer.text
        assert 'href="/login"' in answer.text

    @pytest.mark.parametrize("callback", ["/auth", "/auth?code=theirs&state=theirs"])
    def test_what_is_no_callback_of_a_sign_in_is_refused(
        self, browser: Browser, callback: str
    ) -> None:
        answer = browser.get(callback)
        assert answer.status_code == 400
        assert "The sign-in failed. Please try again." in answer.text

    def test_a_failure_signs_nobody_in(self, browser: Browser, sandbox: Sandbox) -> None:
        callback = sandbox.allow(browser.login(), user="lei")
        sandbox.fail("token", code=96013)
        assert browser.get(callback).status_code == 400
        assert "Hello" not in browser.get("/").text

    def test_a_reload_leads_a_user_who_is_signed_in_onward(
        self, browser: Browser, sandbox: Sandbox
    ) -> None:
        callback = sandbox.allow(browser.login(), user="lei")
        for _ in range(2):
            assert browser.get(callback).headers["Location"] == "/"
        assert "Hello, Lei" in browser.get("/").text

    def test_another_user_replaces_the_first(self, browser: Browser) -> None:
        browser.sign_in("lei")
        browser.sign_in("nora")
        assert "Hello, Nora" in browser.get("/").text
