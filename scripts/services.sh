#!/bin/sh
# What the tests use beside Python packages: Chromium and Redis from Debian, axe-core and pyright from npm.
# Installed where that is possible; the tests that lack one say so, and are skipped.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .tools

lacks() { ! command -v "$1" >/dev/null; }

# One at a time: another clone's tests may begin now, too.
lock=.tools
if [ "$(id -u)" = 0 ] && [ -d /var/lib/apt ]; then lock=/var/lib/apt; fi
if [ -z "${SERVICES_LOCKED:-}" ] && ! lacks flock; then
  SERVICES_LOCKED=1 exec flock "$lock" sh scripts/services.sh
fi

if [ "$(id -u)" = 0 ] && ! lacks apt-get; then
  missing=
  if lacks chromium; then missing="chromium fonts-noto-cjk fonts-noto-color-emoji"; fi
  if lacks redis-server; then missing="$missing redis-server"; fi
  if lacks npm; then missing="$missing npm"; fi
  if [ -n "$missing" ]; then
    echo "installing $missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # several words
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
      install -y -qq --no-install-recommends $missing >/dev/null
  fi
fi

from_npm() { # folder, package, file that it brings
  if [ ! -e ".tools/$1/node_modules/$3" ]; then
    if lacks npm; then
      echo "npm is missing: the tests with $1 will be skipped"
    else
      npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix ".tools/$1" "$2" ||
        echo "npm could not install $2: the tests with it will be skipped"
    fi
  fi
}

from_npm axe axe-core@4 axe-core/axe.min.js
from_npm pyright pyright@1 pyright/index.js
