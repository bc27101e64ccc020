"""`make dist`: the sdist and the wheel in dist/, and the proof that they are fit to be published.

Built twice from what git tracks, and byte-equal; checked by twine; with the right contents; and the
wheel, in a clean environment with each extra alone, signs somebody in, with the newest Authlib and
with the oldest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from authlib_xiaomi.sandbox import Sandbox
from scripts.sign_in import SIGN_INS
from tests.listeners import Answering, response

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"

IN_WHEEL = (
    "authlib_xiaomi/py.typed",
    "authlib_xiaomi/flask_client.py",
    "authlib_xiaomi/cli/",
    "authlib_xiaomi/sandbox/templates/",
    "authlib_xiaomi/sandbox/static/",
    "LICENSE",
)
OUT_OF_WHEEL = ("tests/", "demo_flask/", "benchmarks/", "examples/", "docs/", "scripts/")
#: Bytes.
WHEEL_SIZE = 400_000
IN_SDIST = (
    "authlib_xiaomi/py.typed",
    "setup.cfg",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "tests/",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = build(Path(folder) / "one"), build(Path(folder) / "two")
        assert {p.name for p in one} == {p.name for p in two}, "the builds have different files"
        for first, second in zip(one, two, strict=True):
            assert digest(first) == digest(second), f"two builds of {first.name} differ"
        print(f"two builds are byte-equal: {', '.join(path.name for path in one)}")
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        built = [Path(shutil.copy(path, DIST)) for path in one]
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))
    wheel = next(path for path in built if path.suffix == ".whl")
    check_contents(wheel, next(path for path in built if path.suffix == ".gz"))
    oldest = re.search(r"^ +authlib>=(\S+)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert oldest, "setup.cfg does not say which Authlib is the oldest"
    for extra in SIGN_INS:
        for authlib in ("authlib", f"authlib=={oldest[1]}"):
            try_extra(wheel, extra, authlib)
    for path in built:
        print(f"{digest(path)}  dist/{path.name}")


def build(folder: Path) -> list[Path]:
    """An sdist and a wheel of what git tracks."""
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, tracked.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    epoch = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    run(
        sys.executable,
        "-m",
        "build",
        "--outdir",
        str(folder / "dist"),
        str(source),
        env=environment,
    )
    for sdist in (folder / "dist").glob("*.tar.gz"):
        repack(sdist, int(epoch))
    return sorted((folder / "dist").iterdir())


def repack(sdist: Path, epoch: int) -> None:
    """The same archive without the time, the user and the order that it was made in."""
    packed = io.BytesIO()
    with tarfile.open(sdist) as source, tarfile.open(fileobj=packed, mode="w") as target:
        for member in sorted(source.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    with open(sdist, "wb") as file, gzip.GzipFile("", "wb", mtime=epoch, fileobj=file) as zipped:
        zipped.write(packed.getvalue())


def check_contents(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert "\nLicense-Expression: BSD-3-Clause\n" in metadata, "the wheel has no licence expression"
    for wanted in IN_WHEEL:
        assert any(wanted in name for name in names), f"{wanted} is not in the wheel"
    for unwanted in OUT_OF_WHEEL:
        assert not any(name.startswith(unwanted) for name in names), f"{unwanted} is in the wheel"
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    for wanted in IN_SDIST:
        assert any(wanted in name + "/" for name in names), f"{wanted} is not in the sdist"
    size = wheel.stat().st_size
    assert size < WHEEL_SIZE, f"the wheel has {size} bytes"
    print(f"the contents are right; the wheel has {size} bytes")


def try_extra(wheel: Path, extra: str, authlib: str) -> None:
    """Install the wheel with one extra into a clean environment, and sign in with it.

    :param authlib: the requirement.
    """
    with tempfile.TemporaryDirectory() as folder, Sandbox() as xiaomi:

        def allow(request: bytes) -> bytes:
            url = request.partition(b"\r\n\r\n")[2].decode()
            return response(xiaomi.allow(url).encode(), headers={"Content-Type": "text/plain"})

        run(sys.executable, "-m", "venv", folder)
        python = str(Path(folder) / "bin" / "python")
        run(python, "-m", "pip", "install", "--quiet", f"{wheel}[{extra}]", authlib)
        print(authlib, end=", ")
        script = Path(folder) / "sign_in.py"
        shutil.copy(ROOT / "scripts" / "sign_in.py", script)
        with Answering(allow) as browser:
            run(python, "-I", "-W", "error::DeprecationWarning:authlib_xiaomi", str(script), extra,
                json.dumps(xiaomi.registration()), browser.url, cwd=folder)  # fmt: skip


def run(*command: str, env: dict[str, str] | None = None, cwd: str | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    if "sign_in.py" in command[-4]:
        print(done.stdout, end="")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
