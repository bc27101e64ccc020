"""A program that is watched: ``python -m tests.observability.watched TOOL KIND…``.

The tools change libraries for good, so this is a process of its own. It runs the code on its
standard input, as an application does when it starts, and prints what must not be seen and what
the tool has seen.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from ..servers.kinds import CLIENTS
from .journey import journey


def sentry(code: str) -> tuple[Callable[[Exception], object], Callable[[], list[str]]]:
    """Sentry, with a transport that keeps what it is to send."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    sent: list[str] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope.serialize().decode())

    init = sentry_sdk.init
    sentry_sdk.init = lambda **given: init(  # type: ignore[assignment]
        "http://key@127.0.0.1:9/1",
        transport=Kept,
        traces_sample_rate=1.0,
        enable_logs=True,
        **given,
    )
    exec(code, {})
    transaction = sentry_sdk.start_transaction(name="watched")
    transaction.__enter__()
    # What a web server's access log says of a callback.
    logging.getLogger("access").error("GET %s", "/auth?code=C3_of_the_callback&state=s")

    def seen() -> list[str]:
        transaction.__exit__(None, None, None)
        sentry_sdk.flush()
        return sent

    return sentry_sdk.capture_exception, seen


def opentelemetry(code: str) -> tuple[Callable[[Exception], object], Callable[[], list[str]]]:
    """OpenTelemetry, with an exporter that keeps the spans."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    exec(code, {})

    def report(error: Exception) -> None:
        with trace.get_tracer("watched").start_as_current_span("report") as span:
            span.record_exception(error)

    return report, lambda: [span.to_json() for span in exporter.get_finished_spans()]


def main(tool: str, *kinds: str) -> None:
    report, seen = {"sentry": sentry, "opentelemetry": opentelemetry}[tool](sys.stdin.read())
    hidden = {"C3_of_the_callback"}
    for kind in kinds:
        by_get = {"refresh_post": "405"} if kind in CLIENTS else {}
        hidden |= journey(kind, report, **by_get)
    print(json.dumps({"hidden": sorted(hidden), "seen": seen()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
