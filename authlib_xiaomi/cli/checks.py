"""What can be said of a setting by looking at it. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from .._tools.callbacks import differences, registered_uris
from .configuration import ConfigurationError, EnvFile, Value
from .core import check_redirect_uri
from .django_settings import DjangoSettings
from .findings import Finding, Status
from .texts import Say

__all__ = [
    "QUOTES",
    "check_base_url",
    "check_client_id",
    "check_client_secret",
    "check_django",
    "check_env_file",
    "check_redirect",
    "check_registered",
    "is_absolute",
    "is_loopback",
]

#: What people put around a value, and what their word processors make of it.
QUOTES: Final = "\"'`“”‘’«»„"
#: Xiaomi's numbers are Java's long.
_LARGEST: Final = 2**63 - 1
#: From here on, a float does not hold every whole number.
_EXACT: Final = 2**53
#: What the documents have for an example.
_EXAMPLE_ID: Final = "2882303761520251711"
_EXAMPLE_SECRETS: Final = ("your-app-secret", "your_appsecret", "yourappsecret")
_PACKAGE: Final = re.compile(r"[a-z]\w*(\.[a-z]\w*){2,}", re.IGNORECASE | re.ASCII)


def check_env_file(file: EnvFile, say: Say) -> Finding:
    """What was read."""
    if file.unread:
        lines = say("comma").join(map(str, file.unread))
        found = say("env_lines", file=file.name, lines=lines)
        return Finding("env_file", "wrong", found, say("env_lines_do"))
    return Finding("env_file", "ok", say("env_read", file=file.name))


def check_django(settings: DjangoSettings, say: Say) -> Finding:
    """Whether the settings module could be imported."""
    if settings.problem:
        found = say("django_problem", module=settings.module, problem=settings.problem)
        return Finding("django_settings", "unchecked", found, say("django_problem_do"))
    return Finding("django_settings", "ok", say("env_read", file=settings.module))


def check_client_id(value: Value, name: str, say: Say) -> Finding:
    """Whether the AppID may be one.

    What is no number is not shown: where AppID and AppSecret were swapped, it is the secret.

    :param name: the variable to put it into.
    """

    def wrong(found: str, advice: str) -> Finding:
        shown = text.strip().strip(QUOTES)
        found = say(found, value=shown, source=value.source)
        return Finding("client_id", "wrong", found, say(advice))

    text = value.text or ""
    if not text:
        found = say("id_missing") if value.text is None else say("empty", source=value.source)
        return Finding("client_id", "wrong", found, say("id_missing_do", name=name))
    if _is_decimal(text.strip()) and text != text.strip():
        return wrong("id_spaces", "id_spaces_do")
    if _is_decimal(text.strip().strip(QUOTES)) and not _is_decimal(text):
        return wrong("id_quotes", "id_quotes_do")
    if re.fullmatch(r"\s*\d+([.,]\d+)?e\+?\d+\s*|\d{15,}\.\d+", text, re.IGNORECASE | re.ASCII):
        return wrong("id_float", "id_float_do")
    if not _is_decimal(text):
        return wrong("id_text", "id_package_do" if _PACKAGE.fullmatch(text) else "id_text_do")
    found = say("found", value=text, source=value.source)
    if text == _EXAMPLE_ID:
        return Finding("client_id", "wrong", found, say("id_example_do"))
    if len(text) > 19 or int(text) > _LARGEST:
        return Finding("client_id", "wrong", found, say("id_too_big_do"))
    if len(text) == 13:
        return Finding("client_id", "warning", found, say("id_key_do"))
    if int(text) < _EXACT and len(text) != 15:  # 15 have those of Xiaomi's older examples
        return Finding("client_id", "warning", found, say("id_short_do"))
    if int(text) > _EXACT and (text.endswith("00") or int(text) % 512 == 0):
        return Finding("client_id", "warning", found, say("id_rounded_do"))
    return Finding("client_id", "ok", found)


def check_client_secret(value: Value, client_id: str | None, name: str, say: Say) -> Finding:
    """Whether the AppSecret may be one. It is in nothing that this says."""

    def finding(status: Status, found: str, advice: str) -> Finding:
        return Finding("client_secret", status, say(found, source=value.source), say(advice))

    text = value.text
    if not text:
        found = say("id_missing") if text is None else say("empty", source=value.source)
        return Finding("client_secret", "wrong", found, say("secret_missing_do", name=name))
    if text.strip(QUOTES + " ").lower() in _EXAMPLE_SECRETS:
        return finding("wrong", "secret_example", "secret_example_do")
    if text != text.strip():
        return finding("wrong", "secret_spaces", "id_spaces_do")
    if text[0] in QUOTES or text[-1] in QUOTES:
        return finding("wrong", "secret_quotes", "id_quotes_do")
    if re.search(r"\s", text):
        return finding("wrong", "secret_inside", "secret_inside_do")
    if not (text.isascii() and text.isprintable()):
        return finding("wrong", "secret_characters", "secret_characters_do")
    if text == client_id:
        return finding("wrong", "secret_is_id", "secret_is_id_do")
    if text.isdigit():
        return finding("warning", "secret_digits", "secret_digits_do")
    if _PACKAGE.fullmatch(text):
        return finding("warning", "secret_package", "secret_package_do")
    if re.search(r"%(2B|2F|3D)", text, re.IGNORECASE):
        return finding("warning", "secret_encoded", "secret_encoded_do")
    return Finding("client_secret", "ok", say("secret_there", source=value.source))


def check_redirect(value: Value, registered: str | None, name: str, say: Say) -> Finding:
    """Whether the callback is one.

    :param registered: the callbacks in the console, for where none is given.
    """
    text = value.text
    known = registered_uris(registered or "")
    if not text and known and is_absolute(known[0]):
        return Finding("redirect_uri", "ok", say("uri_registered", value=known[0]))
    if not text:
        found = say("uri_missing") if text is None else say("empty", source=value.source)
        return Finding("redirect_uri", "unchecked", found, say("uri_missing_do", name=name))
    found = say("found", value=text, source=value.source)
    if len(registered_uris(text)) > 1 and all(map(is_absolute, registered_uris(text))):
        return Finding("redirect_uri", "wrong", found, say("uri_several_do"))
    for stripped, what in ((text.strip(), "spaces"), (text.strip(QUOTES), "quotes")):
        if stripped != text:
            found = say(f"id_{what}", value=stripped, source=value.source)
            return Finding("redirect_uri", "wrong", found, say(f"id_{what}_do"))
    if not is_absolute(text):
        return Finding("redirect_uri", "wrong", found, say("uri_relative_do"))
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http"):
        return Finding("redirect_uri", "wrong", found, say("uri_scheme_do"))
    if "#" in text:
        return Finding("redirect_uri", "wrong", found, say("uri_fragment_do"))
    if "\\" in text or not (text.isascii() and text.isprintable()):
        return Finding("redirect_uri", "wrong", found, say("uri_characters_do"))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return Finding("redirect_uri", "warning", found, say("uri_http_do"))
    advice = say("uri_local_do") if is_loopback(parts.hostname) else ""
    return Finding("redirect_uri", "ok", found, advice)


def check_registered(redirect_uri: str, registered: str, say: Say) -> Finding:
    """Whether `redirect_uri` matches one of the `registered` callbacks (passport index)."""
    known = registered_uris(registered)
    if not known:
        return Finding("registered", "wrong", say("registered_none"), say("registered_bad_do"))
    bad = next((uri for uri in known if not is_absolute(uri)), None)
    if bad is not None:
        found = say("registered_bad", value=bad)
        return Finding("registered", "wrong", found, say("registered_bad_do"))
    if not is_absolute(redirect_uri):
        return Finding("registered", "unchecked", say("registered_unchecked"))
    parts = {uri: differences(redirect_uri, uri)[:1] for uri in known}
    for uri, part in parts.items():
        if not part:
            return Finding("registered", "ok", say("registered_ok", value=uri))
    for uri in known:
        if differences(urlsplit(redirect_uri)._replace(scheme=urlsplit(uri).scheme).geturl(), uri):
            continue
        found = say("differs_scheme", registered=uri, asked=redirect_uri)
        secure = urlsplit(redirect_uri).scheme == "https"
        advice = say("differs_https_do" if secure else "differs_http_do")
        return Finding("registered", "warning", found, advice)
    found = say("semicolon").join(
        say(
            "differs",
            registered=uri,
            part=say(f"part_{part}"),
            known=_part(uri, part),
            asked=_part(redirect_uri, part),
        )
        for uri, (part,) in parts.items()
    )
    return Finding("registered", "wrong", found, say("differs_do"))


def check_base_url(url: str, say: Say) -> str:
    """`url` without a slash at its end, if the AppSecret may be sent there.

    :raises ConfigurationError: where it must not, or is no server's.
    """
    parts = urlsplit(url) if is_absolute(url) else None
    if not parts or parts.scheme not in ("https", "http") or parts.username or parts.password:
        raise ConfigurationError(say("bad_base_url"))
    if "?" in url or "#" in url or "\\" in url or not url.isprintable():
        raise ConfigurationError(say("bad_base_url"))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(say("clear_base_url", url=url))
    return url.rstrip("/")


def is_loopback(host: str | None) -> bool:
    """Whether `host` is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_absolute(uri: str) -> bool:
    """Whether `uri` has scheme and host."""
    try:
        check_redirect_uri(uri)
    except ValueError:
        return False
    return True


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _part(uri: str, part: str) -> str:
    parts = urlsplit(uri)
    if part == "port":
        return str(parts.port or {"https": 443, "http": 80}.get(parts.scheme))
    return {"scheme": parts.scheme, "host": parts.hostname or "", "path": parts.path or "/"}[part]
