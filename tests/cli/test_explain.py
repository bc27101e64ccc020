"""``explain`` and ``scopes``."""

from __future__ import annotations

import json

import pytest

from authlib_xiaomi import ErrorCode, Scope
from authlib_xiaomi._tools import facts
from authlib_xiaomi._tools.translations import Language
from authlib_xiaomi.cli.explaining import OWN, explanation, find, find_all, near

from .conftest import Run


@pytest.mark.parametrize("code", ErrorCode)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_is_explained(run: Run, code: ErrorCode, language: Language) -> None:
    result = run("explain", str(int(code)), "--lang", language)
    fields = [line.split("\t") for line in result.stdout.splitlines()]
    assert all(len(pair) == 2 for pair in fields)
    assert fields[:4] == [
        ["code", str(int(code))],
        ["name", code.name],
        ["error", code.error],
        ["meaning", facts.text(code.meaning, language)],
    ]
    assert fields[-1] == ["advice", facts.text(code.hint, language)]
    assert [name for name, _ in fields[4:-1]] in ([["cause"] * n for n in (1, 2, 3)])
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("96010", (96010,)),
        (" 96010\n", (96010,)),
        ("OA_INVALID_CODE", (96013,)),
        ("oa_invalid_code", (96013,)),
        ("INVALID_CODE", (96013,)),
        ("INVALID_GRANT", (96004,)),
        ("invalid_grant", (96004, 96009, 96013)),
        ("invalid_request", (96002, 96010)),
        ("access_denied", (96012,)),
        ("invalid_response", ("invalid_response",)),
        ("temporarily_unavailable", ("temporarily_unavailable",)),
        ('&&&START&&&{"error":96010,"error_description":"invalid redirect uri"}', (96010,)),
        ('&&&START&&& {"error" : "96010"}', (96010,)),
        ('{"result":"error","code":96008,"description":"token invalid or expired"}', (96008,)),
        ("https://a.com/cb?error=96012&error_description=denied&state=x96001y", (96012,)),
        ("https://a.com/login?next=%2Fcb%3Ferror%3D96012%26state%3Dx", (96012,)),
        (
            "authlib_xiaomi.errors.XiaomiOAuthError: invalid_grant: no [96013 OA_INVALID_CODE]",
            (96013,),
        ),
        ("XiaomiOAuthError: invalid_response: HTTP 200 and 12 bytes", ("invalid_response",)),
        ("MismatchingStateError: mismatching_state: CSRF Warning!", ("mismatching_state",)),
        ("小米返回错误96003。还有96001，96003", (96003, 96001)),
        ("speculative_request", ("speculative_request",)),
        ("MissingCodeError: missing_code: neither", ("missing_code",)),
        ("clientId=2882303761520196010 in 196010 ms", ()),
        ("https://a.com/cb?code=C3_96010&state=s-96001", ()),
        ("96010.5 1.96010", (96010,)),
        ("", ()),
    ],
)
def test_errors_are_found_in_what_is_pasted(text: str, errors: tuple[object, ...]) -> None:
    assert find(text).errors == errors


TRACEBACK = """Traceback (most recent call last):
  File "/app/views.py", line 96, in auth
    token = oauth.xiaomi.authorize_access_token()
  File "/lib/authlib_xiaomi/flask_client.py", line 68, in authorize_access_token
    raise error
{error}
Hint: Look further."""


@pytest.mark.parametrize(
    ("error", "explained"),
    [
        (
            "authlib_xiaomi.errors.XiaomiOAuthError: invalid_grant: no [96013 OA_INVALID_CODE]",
            96013,
        ),
        (
            "authlib_xiaomi.errors.XiaomiOAuthError: temporarily_unavailable: Xiaomi answered",
            "temporarily_unavailable",
        ),
        (
            "authlib_xiaomi.errors.XiaomiOAuthError: speculative_request: ahead of the user",
            "speculative_request",
        ),
        ("authlib_xiaomi.errors.MissingCodeError: missing_code: neither", "missing_code"),
        (
            "authlib.integrations.base_client.errors.MissingTokenError: missing_token: There is no "
            "token. Let the user sign in first, and pass token= or give fetch_token.",
            "missing_token",
        ),
        (
            "authlib.integrations.base_client.errors.InvalidTokenError: token_invalid: The token "
            "is to be refreshed, and has no refresh_token. Let the user sign in again.",
            "token_invalid",
        ),
        (
            "authlib_xiaomi.errors.StateMismatchError: mismatching_state: this callback was used "
            "already: it was reloaded, or requested twice",
            "mismatching_state/used",
        ),
        (
            "authlib_xiaomi.errors.StateMismatchError: mismatching_state: the session waits for "
            "other sign-ins than this one",
            "mismatching_state/other",
        ),
        (
            "authlib_xiaomi.errors.StateMismatchError: mismatching_state: the session waits for "
            "no sign-in: its cookie was lost on the way",
            "mismatching_state/lost",
        ),
        (
            "authlib_xiaomi.errors.StateMismatchError: mismatching_state: the callback brought no "
            "state",
            "mismatching_state/missing",
        ),
        (
            "authlib.integrations.base_client.errors.MismatchingStateError: mismatching_state: "
            "CSRF Warning! State not equal in request and response.",
            "mismatching_state",
        ),
    ],
)
def test_a_pasted_traceback_is_explained(run: Run, error: str, explained: int | str) -> None:
    text = TRACEBACK.format(error=error)
    assert find(text).errors == (explained,)
    result = run("explain", "-", text=text)
    assert result.exit_code == 0
    word = str(explained).partition("/")[0]
    assert f"\t{word}\n" in result.stdout


def test_the_cases_of_a_state_are_told_apart_though_a_shell_has_cut_them(run: Run) -> None:
    words = [
        "mismatching_state:",
        "the",
        "session",
        "waits",
        "for",
        "no",
        "sign-in:",
        "its",
        "cookie",
        "was",
        "lost",
    ]
    result = run("explain", *words)
    assert "meaning\tthe session is empty: its cookie was lost on the way" in result.stdout
    assert result.exit_code == 0
    assert find_all(words).errors == ("mismatching_state/lost",)
    other = "mismatching_state: the session waits for other sign-ins, in an answer."
    assert run("explain", *other.split()).exit_code == 0


@pytest.mark.parametrize("error", OWN)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_error_of_the_packages_own_is_explained(error: str, language: Language) -> None:
    known = explanation(error, language)
    assert known.meaning
    assert known.causes
    assert known.advice[-1] in ".。"


def test_json_has_what_is_explained_and_what_is_not_known(run: Run) -> None:
    result = run("explain", "--json", "96010", "nonsense", "invalid_response")
    found = json.loads(result.stdout)
    assert [error["code"] for error in found["errors"]] == [96010, None]
    assert found["errors"][0] | {"meaning": "", "advice": "", "causes": []} == {
        "code": 96010,
        "name": "OA_INVALID_REDIRECT_URI",
        "error": "invalid_request",
        "meaning": "",
        "causes": [],
        "advice": "",
    }
    assert found["unknown"] == ["nonsense"]
    assert result.exit_code == 1


def test_json_has_the_scopes(run: Run) -> None:
    found = json.loads(run("scopes", "--json").stdout)
    assert [scope["scope"] for scope in found] == list(map(int, Scope))
    assert found[0] == {
        "scope": 1,
        "name": "PROFILE",
        "grants": "the user's profile",
        "api": "user/profile",
    }


def test_several_are_explained_once_each_in_order(run: Run) -> None:
    result = run("explain", "96013", "OA_INVALID_CLIENT", "error 96013")
    blocks = result.stdout.split("\n\n")
    assert [block.partition("\n")[0] for block in blocks] == ["code\t96013", "code\t96003"]
    assert result.exit_code == 0


def test_standard_input_is_read(run: Run) -> None:
    result = run("explain", "-", text=b'\xff{"error":96010}\n')
    assert result.stdout.startswith("code\t96010\n")
    assert result.exit_code == 0


def test_a_text_that_the_shell_cut_into_words_is_read_as_one(run: Run) -> None:
    result = run("explain", "Xiaomi", "shows", "error", "96001:", "no", "such", "app")
    assert result.stdout.startswith("code\t96001\n")
    assert result.stderr == ""
    assert result.exit_code == 0
    assert find_all(["the", "error", "was", "96001", "again"]).unknown == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("96100", "near it: 96010"),
        ("9601", "near it: 9601"),
        ("12", "12: not one of Xiaomi's errors, as far as is known\n"),
        ("OA_INVALID_COD", "near it: OA_INVALID_CODE"),
        ("invalid_grnt", "near it: invalid_grant"),
        ("invalid_scop", "near it: "),
        ('{"error":96099}', "96099: not one of"),
        ('{"error":"10017"}', "10017: not one of"),
        ("see OA_NOTHING here", "OA_NOTHING: not one of"),
    ],
)
def test_what_is_not_known_is_said_and_near_ones_are_named(run: Run, text: str, says: str) -> None:
    result = run("explain", text)
    assert says in result.stderr
    assert result.exit_code == 1


def test_one_unknown_among_known_ones_counts(run: Run) -> None:
    result = run("explain", "96010", "nonsense")
    assert result.stdout.startswith("code\t96010")
    assert result.stderr.startswith("nonsense: not one of")
    assert result.exit_code == 1


def test_a_text_without_an_error_is_not_repeated(run: Run) -> None:
    result = run("explain", "https://a.com/cb?code=hunter2&state=x")
    assert result.stderr.startswith("there is no error of Xiaomi's in this text")
    assert "hunter2" not in result.stderr
    assert result.exit_code == 1


def test_what_is_not_known_cannot_command_the_terminal(run: Run) -> None:
    assert "\x1b" not in run("explain", "\x1b[31mOA_X").stderr


def test_names_are_near_without_their_beginning() -> None:
    assert near("INVALID_REFRSHTOKEN")[0] == "OA_INVALID_REFRESHTOKEN"


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_an_explanation_is_a_page(run: Run) -> None:
    result = run("explain", "96006", "invalid_response", "96013")
    lines = result.stdout.splitlines()
    assert lines[:4] == [
        "96006 OA_UNSUPPORTED_GRANT_TYPE",
        "  OAuth error    unsupported_grant_type",
        "  meaning        Xiaomi does not know this grant_type",
        "  likely causes  a grant_type other than authorization_code and refresh_token",
    ]
    assert "invalid_response" in lines
    assert any(line.startswith("  likely causes  - ") for line in lines)
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_in_a_pipe_a_scope_is_a_line_of_tabs(run: Run, language: Language) -> None:
    lines = run("scopes", "--lang", language).stdout.splitlines()
    assert [line.split("\t") for line in lines] == [
        [
            str(int(scope)),
            scope.name,
            facts.text(scope.description, language),
            scope.api,
        ]
        for scope in Scope
    ]


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_scopes_are_a_table(run: Run) -> None:
    head, first, *_ = run("scopes").stdout.splitlines()
    assert head.split() == ["scope", "name", "grants", "API"]
    assert first.index("PROFILE") == head.index("name")
