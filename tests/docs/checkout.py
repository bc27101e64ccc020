"""A fresh environment, where ``pip install`` finds the wheel of this checkout, and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .pages import ROOT

_PACKAGES = Path(sysconfig.get_path("purelib"))
_SCRIPTS = Path(sys.executable).parent
#: Of this checkout, and of what measures the tests.
_OURS = ("authlib_xiaomi", "__editable__", "_authlib_xiaomi")


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, as it is now; its folder."""
    source = folder / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "authlib_xiaomi", source / "authlib_xiaomi", ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    options = ["--no-build-isolation", "--wheel-dir", str(folder / "wheels")]
    subprocess.run([*command, *options, str(source)], check=True)
    return folder / "wheels"


def fresh_environment(folder: Path) -> str:
    """A virtual environment with all that the tests have, but for this package.

    :returns: the folders of its programs, for ``PATH``.
    """
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    packages = folder / _PACKAGES.relative_to(sys.prefix)
    for path in _PACKAGES.iterdir():
        if not path.name.startswith(_OURS) and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    programs = folder / "bin"
    for path in _SCRIPTS.iterdir():
        if (programs / path.name).exists() or path.name == "authlib-xiaomi":
            continue
        text = path.read_bytes()
        if text.startswith(f"#!{_SCRIPTS}".encode()):
            (programs / path.name).write_bytes(text.replace(bytes(_SCRIPTS), bytes(programs), 1))
            (programs / path.name).chmod(0o755)
    shims = folder / "shims"
    shims.mkdir()
    for name, text in _SHIMS.items():
        (shims / name).write_text(text.format(programs=programs, root=ROOT), encoding="utf-8")
        (shims / name).chmod(0o755)
    return os.pathsep.join([str(shims), str(programs)])


def install(programs: str, wheels: Path) -> None:
    """Install this package, as ``pip install authlib-xiaomi`` does on a page."""
    env = {**os.environ, "PATH": os.pathsep.join([programs, os.environ["PATH"]])}
    command = ["pip", "install", "--quiet", "--no-index", "--find-links", str(wheels)]
    command += ["--no-warn-conflicts"]  # or all packages are looked at, whether they fit together
    subprocess.run([*command, "authlib-xiaomi"], env=env, check=True)


#: What stands before programs, so that they can be called as they are on the pages.
_SHIMS = {
    # On a free port: Django reads no variable for it.
    "python": """\
#!/bin/sh
case "$*" in *" runserver") set -- "$@" 0;; esac
exec "{programs}/python" "$@"
""",
    # The sandbox on a free port; what changes it, with the address of the story's.
    "authlib-xiaomi": """\
#!/bin/sh
case "$*" in
    "sandbox fail"*) set -- "$@" --url "$SANDBOX_URL";;
    "sandbox --"[!\\ ]*|sandbox) set -- "$@" --port 0;;
esac
exec "{programs}/authlib-xiaomi" "$@"
""",
    "curl": """\
#!/bin/sh
exec "{programs}/python" "{root}/tests/docs/curl.py" "$@"
""",
    # Without what it would install; of what takes long, only whether it is there.
    "make": """\
#!/bin/sh
make=$(PATH=/usr/local/bin:/usr/bin:/bin command -v make) || exit 127
test "$1" = demo || exec "$make" -C "{root}" --dry-run --silent "$@" >/dev/null
ln -s "{programs}/.." .venv-demo
touch .venv-demo/.installed
exec "$make" demo ARGS="--port 0"
""",
    # It would install what is there already.
    "uvx": """\
#!/bin/sh
test "$1" = --from || exit 2
shift 2
exec "$@"
""",
}
