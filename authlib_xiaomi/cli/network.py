"""The requests of doctor and probe: no redirect is followed, and no answer waited for too long."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError

from .. import __version__
from .asking import TIMEOUT, Answer, Unreachable
from .core import guard_loggers

__all__ = ["ask", "send"]

guard_loggers("requests", "urllib3", "charset_normalizer")

#: Bytes; Xiaomi's answers have a few hundred. What is longer is cut, and makes no sense then.
_LONGEST: Final = 1 << 16


def ask(url: str, form: Mapping[str, str] | None = None) -> Answer:
    """The answer to a GET, or to a POST of `form`. The body of a GET is left unread.

    :raises Unreachable: where there is none.
    """
    return send(url, form, body=form is not None)


def send(
    url: str,
    form: Mapping[str, str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: bool = True,
    timeout: float | None = None,
    agent: str = "doctor",
) -> Answer:
    """The answer to a GET, or to a POST of `form`.

    :param body: whether to read the answer's body.
    :param timeout: seconds to wait for the connection, and for each part of the answer.
    :param agent: which command asks, for the ``User-Agent``.
    :raises Unreachable: where there is none.
    """
    headers = {
        "User-Agent": f"authlib-xiaomi/{__version__} ({agent})",
        "Accept-Encoding": "identity",
        **(headers or {}),
    }
    with _named_failures(), requests.Session() as session:
        # A proxy would get what goes to this machine in the clear.
        session.trust_env = urlsplit(url).scheme == "https"
        return _send(session, url, form, headers, body, timeout or TIMEOUT)


@contextmanager
def _named_failures() -> Iterator[None]:
    """Within this context a failure is one of the words of ``Unreachable``."""
    kind = "connection"
    try:
        yield
        return
    except requests.exceptions.ProxyError:
        kind = "proxy"
    except requests.exceptions.SSLError:
        kind = "certificate"
    except (requests.exceptions.Timeout, ReadTimeoutError):
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


def _send(
    session: requests.Session,
    url: str,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    body: bool,
    timeout: float,
) -> Answer:
    begin = time.perf_counter()
    with session.request(
        "GET" if form is None else "POST",
        url,
        data=form,
        headers=headers,
        auth=_nothing,
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    ) as response:
        milliseconds, now = round((time.perf_counter() - begin) * 1000), time.time()
        content = _body(response, begin + 2 * timeout) if body else b""
        return Answer(response.status_code, response.headers, content, milliseconds, now)


def _body(response: requests.Response, until: float) -> bytes:
    body = b""
    # What has come so far, each time: a whole piece would be waited for, however slowly it comes.
    while len(body) < _LONGEST and (piece := response.raw.read1(_LONGEST - len(body), True)):
        body += piece
        if time.perf_counter() > until:
            raise requests.exceptions.Timeout
    return body


def _nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of what ``~/.netrc`` may have for the host."""
    return request


def _is_about_the_name(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NameResolutionError)
