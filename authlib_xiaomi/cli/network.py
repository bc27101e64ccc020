"""The doctor's requests. No redirect is followed, and no answer waited for longer than needed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from .. import __version__
from ..provider import TIMEOUT
from ..redaction import guard_loggers
from .asking import Answer, Unreachable

__all__ = ["ask"]

guard_loggers("requests", "urllib3", "charset_normalizer")

#: Bytes; Xiaomi's answers have a few hundred. What is longer is cut, and makes no sense then.
_LONGEST: Final = 1 << 16


def ask(url: str, form: Mapping[str, str] | None = None) -> Answer:
    """The answer to a GET, or to a POST of `form`. The body of a GET is left unread.

    :raises Unreachable: where there is none.
    """
    kind = "connection"
    try:
        with requests.Session() as session:
            # A proxy would get what goes to this machine in the clear.
            session.trust_env = urlsplit(url).scheme == "https"
            return _ask(session, url, form)
    except requests.exceptions.ProxyError:
        kind = "proxy"
    except requests.exceptions.SSLError:
        kind = "certificate"
    except requests.exceptions.Timeout:
        kind = "timeout"
    except requests.exceptions.ConnectionError as error:
        kind = "name" if _is_about_the_name(error) else "connection"
    except requests.exceptions.RequestException:
        pass
    except OSError:  # of REQUESTS_CA_BUNDLE, before there is a connection
        kind = "bundle"
    except (HTTPError, UnicodeError):
        pass
    raise Unreachable(kind)


def _ask(session: requests.Session, url: str, form: Mapping[str, str] | None) -> Answer:
    begin = time.perf_counter()
    with session.request(
        "GET" if form is None else "POST",
        url,
        data=form,
        headers={"User-Agent": f"authlib-xiaomi/{__version__} (doctor)"},
        auth=_nothing,
        timeout=TIMEOUT,
        allow_redirects=False,
        stream=True,
    ) as response:
        milliseconds, now = round((time.perf_counter() - begin) * 1000), time.time()
        body = b"" if form is None else _body(response, begin + 2 * TIMEOUT)
        return Answer(response.status_code, response.headers, body, milliseconds, now)


def _body(response: requests.Response, until: float) -> bytes:
    body = b""
    # Byte by byte: larger pieces would be waited for, however slowly they come.
    for chunk in response.iter_content(1):
        body += chunk
        if time.perf_counter() > until:
            raise requests.exceptions.Timeout
        if len(body) == _LONGEST:
            break
    return body


def _nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of what ``~/.netrc`` may have for the host."""
    return request


def _is_about_the_name(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NameResolutionError)
