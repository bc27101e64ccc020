"""What a look at the settings tells, by ``doctor --offline``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from authlib_xiaomi.cli import texts

from .conftest import Run

SECRET = "Sandb0x+No/RealAppSecret=="
APP_ID = "2882303761520251713"
GOOD = {
    "XIAOMI_CLIENT_ID": APP_ID,
    "XIAOMI_CLIENT_SECRET": SECRET,
    "XIAOMI_REDIRECT_URI": "https://example.com/auth",
}


@pytest.fixture
def look(run: Run) -> Any:
    """The findings of ``doctor --offline --json`` by check, for a good environment but for…"""

    def look(*args: str, **changed: str | None) -> dict[str, dict[str, str]]:
        env = {**GOOD, **changed}
        result = run("doctor", "--offline", "--json", *args, env=env)  # None takes one out
        findings = json.loads(result.stdout)
        assert all(list(f) == ["check", "status", "found", "advice", "remedy"] for f in findings)
        return {finding["check"]: finding for finding in findings}

    return look


@pytest.mark.parametrize("secret", ["your-app-secret", "'your-app-secret'", "YOUR_APPSECRET"])
def test_the_documents_example_of_a_secret_is_wrong(look: Any, secret: str) -> None:
    finding = look(XIAOMI_CLIENT_SECRET=secret)["client_secret"]
    assert finding["status"] == "wrong"
    assert "the example in the documents" in finding["found"]


@pytest.mark.parametrize(
    ("args", "changed", "check", "line"),
    [
        ([], {"XIAOMI_CLIENT_ID": f"'{APP_ID}'"}, "client_id", f"XIAOMI_CLIENT_ID={APP_ID}"),
        ([], {"XIAOMI_CLIENT_ID": "x"}, "client_id", "XIAOMI_CLIENT_ID=YOUR_APPID"),
        (["--prefix", "MI"], {}, "client_id", "MI_CLIENT_ID=YOUR_APPID"),
        (
            [],
            {"XIAOMI_CLIENT_SECRET": " s "},
            "client_secret",
            "XIAOMI_CLIENT_SECRET='YOUR_APPSECRET'",
        ),
        (
            [],
            {"XIAOMI_REDIRECT_URI": "'https://a.com/x#y'"},
            "redirect_uri",
            "XIAOMI_REDIRECT_URI=https://a.com/x",
        ),
        (
            [],
            {"XIAOMI_REDIRECT_URI": "/auth"},
            "redirect_uri",
            "XIAOMI_REDIRECT_URI=http://127.0.0.1:5000/auth",
        ),
        (["--registered", "https://b.com"], {}, "registered", "https://example.com/auth"),
        (["--scope", "1,3"], {}, "scope", 'XIAOMI_SCOPE="1 3"'),
        (["--scope", "profile"], {}, "scope", 'XIAOMI_SCOPE="1"'),
        (["--scope", ""], {}, "scope", 'XIAOMI_SCOPE="1"'),
        (["--scope", "it's"], {}, "scope", 'XIAOMI_SCOPE="1"'),
        (["--scope", "1 3 4 2000"], {}, "scope", 'XIAOMI_SCOPE="1 3"'),
        (["--scope", "1 6000", "--granted", "1 3"], {}, "scope", 'XIAOMI_SCOPE="1"'),
    ],
)
def test_a_remedy_is_a_line_to_copy(
    look: Any, args: list[str], changed: dict[str, str], check: str, line: str
) -> None:
    assert look(*args, **changed)[check]["remedy"] == line


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_the_remedy_is_a_line_of_its_own(run: Run) -> None:
    result = run("doctor", "--offline", "--scope", "1,3", env=GOOD)
    assert '  XIAOMI_SCOPE="1 3"' in result.stdout.splitlines()


def test_in_a_pipe_the_remedy_is_a_field_of_its_own(run: Run) -> None:
    lines = run("doctor", "--offline", "--scope", "1,3", env=GOOD).stdout.splitlines()
    fields = {line.split("\t")[1]: line.split("\t") for line in lines}
    assert {len(field) for field in fields.values()} == {5}
    assert fields["scope"][4] == 'XIAOMI_SCOPE="1 3"'
    assert 'XIAOMI_SCOPE="1 3"' not in fields["scope"][3]


def test_a_good_set_up_is_all_well(look: Any, run: Run) -> None:
    findings = look()
    local = ("client_id", "client_secret", "redirect_uri", "scope")
    assert [findings[check]["status"] for check in local] == ["ok"] * 4
    assert run("doctor", "--offline", env=GOOD).exit_code == 0


def test_offline_says_what_was_left_out(look: Any) -> None:
    left_out = [f["check"] for f in look().values() if f["status"] == "unchecked"]
    assert left_out == ["account_host", "api_host", "clock", "live"]
    assert look()["live"]["found"] == "left out (--offline)"


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (None, "wrong", "dev.mi.com"),
        ("", "wrong", "dev.mi.com"),
        (f" {APP_ID}", "wrong", "sent along"),
        (f'"{APP_ID}"', "wrong", "Docker"),
        ("2.88230376152025E+18", "wrong", "spreadsheet"),
        ("2882303761520251711.0", "wrong", "spreadsheet"),
        ("2882303761520251711", "wrong", "the example in the documents"),
        ("com.example.app", "wrong", "package name"),
        ("abc", "wrong", "swapped"),
        ("２８８２３０３７６１５２０２５１７１１", "wrong", "swapped"),
        (APP_ID * 2, "wrong", "pasted once"),
        ("9223372036854775808", "wrong", "pasted once"),
        ("5632010112711", "warning", "AppKey"),
        ("12345", "warning", "compare"),
        ("2882303761520251600", "warning", "JavaScript"),
        (str(int(float(APP_ID))), "warning", "JavaScript"),
        ("179887661252608", "ok", ""),
        (APP_ID, "ok", ""),
    ],
)
def test_an_app_id_is_a_long_number(look: Any, text: str | None, status: str, says: str) -> None:
    finding = look(XIAOMI_CLIENT_ID=text)["client_id"]
    assert finding["status"] == status
    assert says in finding["advice"]


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (None, "wrong", "XIAOMI_CLIENT_SECRET"),
        ("", "wrong", "XIAOMI_CLIENT_SECRET"),
        (f"{SECRET}\n", "wrong", "sent along"),
        (f"'{SECRET}'", "wrong", "quotes"),
        (f"{SECRET}”", "wrong", "quotes"),
        ("Sandb0x No", "wrong", "one piece"),
        ("Sandb0x\u200bNo", "wrong", "invisible"),
        (APP_ID, "wrong", "another field"),
        ("5632010112711", "warning", "AppKey"),
        ("com.example.app", "warning", "=="),
        ("Sandb0x%2BNo%2fRealAppSecret%3D%3D", "warning", "encoded on its way"),
        (SECRET, "ok", ""),
    ],
)
def test_an_app_secret_is_one_clean_word(
    look: Any, text: str | None, status: str, says: str
) -> None:
    finding = look(XIAOMI_CLIENT_SECRET=text)["client_secret"]
    assert finding["status"] == status
    assert says in finding["advice"]


@pytest.mark.parametrize("secret", [SECRET, f" {SECRET}", f'"{SECRET}"', "x y z", "短的密钥"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_secret_is_in_no_output(run: Run, secret: str, language: str) -> None:
    swapped = {"XIAOMI_CLIENT_ID": secret, "XIAOMI_REDIRECT_URI": f"https://e.com/{secret}"}
    for env in ({**GOOD, "XIAOMI_CLIENT_SECRET": secret}, {**GOOD, **swapped}):
        env["XIAOMI_CLIENT_SECRET"] = secret
        result = run("doctor", "--offline", "--lang", language, env=env)
        assert secret.strip().strip('"') not in result.output + result.stderr


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (None, "unchecked", "XIAOMI_REDIRECT_URI"),
        ("", "unchecked", "XIAOMI_REDIRECT_URI"),
        ("/auth", "wrong", "_external=True"),
        ("example.com/auth", "wrong", "absolute"),
        ("https://example.com/auth ", "wrong", "Take it away"),
        ("'https://example.com/auth'", "wrong", "quotes"),
        ("https://a.com/x;https://b.com/x", "wrong", "--registered"),
        ("ftp://example.com/auth", "wrong", "https"),
        ("https://example.com/auth#x", "wrong", "RFC 6749"),
        ("https://小米.com/auth", "wrong", "Punycode"),
        ("https://example.com\\auth", "wrong", "backslash"),
        ("http://example.com/auth", "warning", "use https"),
        ("http://localhost:8000/auth", "ok", "development"),
        ("http://[::1]:8000/auth", "ok", "development"),
        ("https://example.com/auth", "ok", ""),
    ],
)
def test_a_callback_is_an_absolute_url(look: Any, text: str | None, status: str, says: str) -> None:
    finding = look(XIAOMI_REDIRECT_URI=text)["redirect_uri"]
    assert finding["status"] == status
    assert says in finding["advice"]


@pytest.mark.parametrize(
    ("registered", "status", "says"),
    [
        ("https://example.com", "ok", "https://example.com"),
        ("https://other.com;https://example.com/auth", "ok", "https://example.com/auth"),
        ("http://example.com/auth", "warning", "another scheme than http://example.com/auth"),
        ("http://example.com", "warning", "and is the same otherwise"),
        ("http://example.com/cb;http://a.com", "wrong", "another scheme: http, not https"),
        ("http://example.com:8080/auth", "wrong", "another scheme: http, not https"),
        ("https://example.com:8443", "wrong", "another port: 8443, not 443"),
        ("https://www.example.com", "wrong", "another host: www.example.com, not example.com"),
        ("https://example.com/cb", "wrong", "another path: /cb, not /auth"),
        ("https://a.com;https://example.com/cb", "wrong", "another host: a.com, not example.com; "),
        ("Enabled", "wrong", "Enabled is no absolute URL"),
        (" ; ", "wrong", "empty"),
    ],
)
def test_the_part_that_differs_from_the_registered_callback_is_named(
    look: Any, registered: str, status: str, says: str
) -> None:
    finding = look("--registered", registered)["registered"]
    assert finding["status"] == status
    assert says in finding["found"]


def test_a_callback_that_is_no_url_is_not_compared(look: Any) -> None:
    findings = look("--registered", "https://example.com", "--redirect-uri", "/auth")
    assert findings["registered"]["status"] == "unchecked"


def test_the_first_registered_callback_stands_for_one_that_is_not_given(look: Any) -> None:
    findings = look("--registered", "https://a.com/x;https://b.com", XIAOMI_REDIRECT_URI=None)
    assert findings["redirect_uri"]["status"] == "ok"
    assert "https://a.com/x" in findings["redirect_uri"]["found"]
    assert findings["registered"]["status"] == "ok"


@pytest.mark.parametrize("registered", ["", "Enabled"])
def test_a_registered_callback_that_is_no_url_stands_for_nothing(
    look: Any, registered: str
) -> None:
    findings = look("--registered", registered, XIAOMI_REDIRECT_URI=None)
    assert findings["redirect_uri"]["status"] == "unchecked"
    assert findings["registered"]["status"] == "wrong"


@pytest.mark.parametrize(
    ("scope", "status", "says"),
    [
        ("1 3 6000", "ok", ""),
        ("1 3", "ok", ""),
        ("1 6000", "ok", "one that is not fails the whole sign-in"),
        ("1 200001", "ok", 'scope_provider="healthkit"'),
        ("1 4", "warning", "fails the whole sign-in; phone and e-mail"),
        ("1 2000", "warning", "older documents have 2000. A scope that was not granted"),
        ("1 openid", "warning", "openid has to be switched on"),
        ("openid", "warning", "no profile"),
        ("3", "warning", "no profile"),
        ("1 99999", "warning", "99999"),
        ("profile", "wrong", 'write "1" (Scope.PROFILE)'),
        ("1,3", "wrong", '"1 3"'),
        ("it's", "wrong", "positive numbers"),
        ("", "wrong", "positive numbers"),
    ],
)
def test_scopes_are_numbers(look: Any, scope: str, status: str, says: str) -> None:
    finding = look("--scope", scope)["scope"]
    assert finding["status"] == status
    assert says in finding["advice"]


@pytest.mark.parametrize(
    ("granted", "status", "says"),
    [
        ("1 3 6000", "ok", ""),
        ("1;3", "warning", "Not granted to the application: 6000. That fails the whole sign-in"),
        ("", "warning", "Not granted to the application: 1, 6000."),
    ],
)
def test_a_scope_that_was_not_granted_names_the_consequence(
    look: Any, granted: str, status: str, says: str
) -> None:
    finding = look("--scope", "1 6000", "--granted", granted)["scope"]
    assert finding["status"] == status
    assert finding["advice"].startswith(says)
    assert bool(finding["advice"]) is bool(says)


def test_a_callback_in_the_clear_where_tls_is_registered_has_its_own_advice(look: Any) -> None:
    options = ["--registered", "https://example.com", "--redirect-uri", "http://example.com/auth"]
    finding = look(*options)["registered"]
    assert finding["status"] == "warning"
    assert "nobody has seen http pass" in finding["advice"]


def test_a_wrong_scope_is_explained_in_chinese(look: Any) -> None:
    assert "用户的个人资料" in look("--scope", "profile", "--lang", "zh")["scope"]["advice"]


def test_an_option_comes_before_the_environment_and_that_before_the_file(
    look: Any, place: Path
) -> None:
    place.joinpath(".env").write_text(
        "XIAOMI_CLIENT_ID=1\nXIAOMI_SCOPE='1 3'\nXIAOMI_REDIRECT_URI=https://file.com\n"
    )
    findings = look("--redirect-uri", "https://option.com")
    assert "(from XIAOMI_CLIENT_ID in the environment)" in findings["client_id"]["found"]
    assert findings["scope"]["found"] == "1 3 (from XIAOMI_SCOPE in .env)"
    assert findings["redirect_uri"]["found"] == "https://option.com (from --redirect-uri)"


def test_an_empty_variable_hides_the_files(look: Any, place: Path) -> None:
    place.joinpath(".env").write_text(f"XIAOMI_CLIENT_ID={APP_ID}\n")
    finding = look(XIAOMI_CLIENT_ID="")["client_id"]
    assert finding["found"] == "empty (from XIAOMI_CLIENT_ID in the environment)"


def test_another_file_can_be_named(look: Any, place: Path) -> None:
    place.joinpath("prod.env").write_text(f'export XIAOMI_CLIENT_SECRET="{SECRET}"\n')
    findings = look("--env-file", "prod.env", XIAOMI_CLIENT_SECRET=None)
    assert findings["env_file"]["status"] == "ok"
    assert findings["client_secret"]["found"].endswith("in prod.env)")


def test_a_line_of_the_file_that_makes_no_sense_is_named(look: Any, place: Path) -> None:
    place.joinpath(".env").write_text("A=1\nXIAOMI_CLIENT_SECRET 'x'\nB=2\nC\n")
    finding = look()["env_file"]
    assert finding["status"] == "wrong"
    assert "line 2 makes no sense" in finding["found"]


@pytest.mark.parametrize("prefix", ["MI", "FLASK_XIAOMI"])
def test_variables_can_have_another_prefix(look: Any, prefix: str) -> None:
    findings = look("--prefix", prefix, **{f"{prefix}_CLIENT_ID": APP_ID})
    assert findings["client_id"]["status"] == "ok"
    assert f"{prefix}_CLIENT_SECRET" in findings["client_secret"]["advice"]


def test_what_flask_makes_configuration_of_wins_over_the_environment(
    look: Any, place: Path
) -> None:
    place.joinpath(".env").write_text("FLASK_XIAOMI_SCOPE='1 3'\n")
    findings = look(FLASK_XIAOMI_CLIENT_ID="1", XIAOMI_SCOPE="1")
    assert "(from FLASK_XIAOMI_CLIENT_ID in the environment)" in findings["client_id"]["found"]
    assert findings["scope"]["found"] == "1 3 (from FLASK_XIAOMI_SCOPE in .env)"


class TestDjango:
    """A Django project's settings."""

    SETTINGS = (
        f"AUTHLIB_OAUTH_CLIENTS = {{'xiaomi': {{'client_id': {APP_ID}, 'scope': '1'}}}}\n"
        "XIAOMI_SCOPE = '1 3'\n"
        "XIAOMI_REDIRECT_URI = 'https://django.example/auth'\n"
    )

    @pytest.fixture(autouse=True)
    def _forget(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Each test has a module of its own."""
        yield
        for name in ("project", "project.settings"):
            sys.modules.pop(name, None)

    @pytest.fixture
    def project(self, place: Path) -> Path:
        """A project in the folder."""
        (place / "project").mkdir()
        (place / "project" / "__init__.py").touch()
        (place / "project" / "settings.py").write_text(self.SETTINGS)
        return place

    @pytest.mark.parametrize("way", ["option", "environment", "manage.py"])
    def test_they_win_over_the_environment(self, look: Any, project: Path, way: str) -> None:
        args, env = [], {}
        if way == "option":
            args = ["--django-settings", "project.settings"]
        elif way == "environment":
            env = {"DJANGO_SETTINGS_MODULE": "project.settings"}
        else:
            (project / "manage.py").write_text(
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'project.settings')\n"
            )
        findings = look(*args, XIAOMI_CLIENT_ID="1", XIAOMI_SCOPE="1 6000", **env)
        assert findings["django_settings"]["found"] == "project.settings was read"
        assert findings["client_id"]["found"] == (
            f"{APP_ID} (from AUTHLIB_OAUTH_CLIENTS in project.settings)"
        )
        assert findings["scope"]["found"].startswith("1 (from AUTHLIB_OAUTH_CLIENTS")
        assert "(from XIAOMI_REDIRECT_URI in project.settings)" in findings["redirect_uri"]["found"]
        assert "in the environment" in findings["client_secret"]["found"]

    def test_settings_that_cannot_be_imported_are_named(self, look: Any, project: Path) -> None:
        (project / "project" / "settings.py").write_text("import no_such_module\n")
        finding = look("--django-settings", "project.settings")["django_settings"]
        assert finding["status"] == "unchecked"
        assert finding["found"] == (
            "project.settings cannot be imported here: "
            "ModuleNotFoundError: No module named 'no_such_module'"
        )

    def test_a_callback_to_copy_has_the_port_of_runserver(self, look: Any, project: Path) -> None:
        (project / "project" / "settings.py").write_text("XIAOMI_REDIRECT_URI = '/auth'\n")
        remedy = look("--django-settings", "project.settings")["redirect_uri"]["remedy"]
        assert remedy == "XIAOMI_REDIRECT_URI=http://127.0.0.1:8000/auth"

    def test_a_registration_that_is_not_there_is_none(self, look: Any, project: Path) -> None:
        (project / "project" / "settings.py").write_text("AUTHLIB_OAUTH_CLIENTS = None\n")
        findings = look("--django-settings", "project.settings")
        assert "in the environment" in findings["client_id"]["found"]

    @pytest.mark.parametrize("content", [b"print('hello')", b"\xff"])
    def test_a_manage_py_that_names_no_settings_is_nobodys(
        self, look: Any, place: Path, content: bytes
    ) -> None:
        (place / "manage.py").write_bytes(content)
        assert "django_settings" not in look()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"A=\xff\n", "not UTF-8")],
)
def test_a_file_that_cannot_be_read_is_one_line(
    run: Run, place: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        place.joinpath("x.env").write_bytes(content)
    result = run("doctor", "--offline", "--env-file", "x.env")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: cannot read x.env: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_without_python_dotenv_is_not_passed_over(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.joinpath(".env").write_text("A=1\n")
    monkeypatch.setitem(sys.modules, "dotenv", None)
    result = run("doctor", "--offline")
    assert result.exit_code == 2
    assert "pip install 'authlib-xiaomi[cli]'" in result.stderr


@pytest.mark.parametrize(
    ("env", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_locale_chooses_the_language(env: dict[str, str], language: str) -> None:
    assert texts.language_of(env) == language
