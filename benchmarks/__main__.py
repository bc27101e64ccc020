"""``python -m benchmarks``: see the package's docstring for what is measured, and how."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import __doc__ as about
from .certificates import issue, trusting
from .figures import Figure
from .metrics import METRICS, Bench
from .processes import serving
from .report import as_json, as_text, machine

_ROOT = Path(__file__).resolve().parent.parent
_RESULTS = _ROOT / "benchmarks" / "results.json"
_IMAGES = _ROOT / "docs" / "images"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print; the exit status."""
    options = _parser().parse_args(arguments)
    # Only a whole run writes what is committed.
    whole = not options.quick and options.only is None
    results = options.json or (_RESULTS if whole else None)
    images = options.images or (_IMAGES if whole else None)

    count = 100 if options.quick else options.count
    figures = list(_measure(options.only or list(METRICS), options.quick, count))

    print(as_text(figures))
    facts = machine()
    libraries = ", ".join(f"{name} {v}" for name, v in facts.pop("libraries").items())
    print(f"\n{facts['python']}, {facts['system']}, {facts['cpus']} CPUs, {facts['openssl']}")
    print(libraries)
    if results:
        as_json(figures, results)
    if images:
        from .chart import draw

        written = results or _RESULTS
        draw(json.loads(written.read_text(encoding="utf-8")), images)
    missed = [figure for figure in figures if figure.met is False]
    if options.quick:
        print("\nA smoke test: the figures say little, and no target is judged by them.")
        return 0
    print(f"\n{len(missed)} targets are missed." if missed else "\nAll targets are met.")
    return 1 if missed else 0


def _measure(names: Sequence[str], quick: bool, count: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        certificate, bundle = issue(Path(folder))
        with serving("benchmarks.stand_in", certificate) as ports:
            bench = Bench(ports, trusting(bundle), quick, count)
            for name in names:
                print(f"measuring {name.replace('_', ' ')} …", file=sys.stderr, flush=True)
                yield from METRICS[name](bench)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a smoke test of some seconds, without a verdict")
    add("--only", type=_metrics, metavar="METRIC,…", help=f"of {', '.join(METRICS)}")
    add("--count", type=int, default=20_000, metavar="N",
        help="the sign-ins and refreshes of the metric growth; 20000 by default")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write the figures there; "
        "by default, of a whole run, to benchmarks/results.json")  # fmt: skip
    add("--images", type=Path, metavar="FOLDER", help="draw the chart there; "
        "by default, of a whole run, in docs/images")  # fmt: skip
    return parser


def _metrics(given: str) -> list[str]:
    names = given.split(",")
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such metric: {', '.join(unknown)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
