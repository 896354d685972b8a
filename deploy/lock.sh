#!/usr/bin/env bash
# Renew the two hash-pinned locks from pyproject.toml. Pins that still fit stay as they are;
# `deploy/lock.sh --upgrade` takes the newest of everything, and further options go to pip-compile.
# It needs Python 3.11, the oldest version supported, because a lock is made by the Python it is for.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3.11 -m venv "$tools"
"$tools/bin/pip" install --quiet pip-tools

# lock FILE WHAT OPTION...: writes FILE without an index address, an option or a path.
lock() {
  local file=$1 what=$2
  shift 2
  "$tools/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras \
    --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
    --no-emit-options --output-file "$file" "$@"
  {
    printf '# %s, pinned by hash for Python 3.11. Made by deploy/lock.sh; not edited by hand.\n' "$what"
    grep -Ev '^(#|$)' "$file" | sed 's/-r -$/daily-papers (dependency group dev)/'
  } >"$tools/lock"
  cat "$tools/lock" >"$file"
}

lock deploy/requirements.lock 'What a plain install needs' "$@" pyproject.toml
"$tools/bin/python" -c '
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["dependency-groups"]["dev"], sep="\n")
' | lock deploy/requirements-dev.lock 'A plain install and what its tests need' \
  --constraint deploy/requirements.lock "$@" pyproject.toml -
