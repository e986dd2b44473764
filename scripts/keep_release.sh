#!/bin/sh
# Keeps what this version writes, so that every later one is tested against it: sh scripts/keep_release.sh
# A small demo is told, and its database and key go to tests/upgrades/releases/VERSION. Run once a release.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
version=$("$python" -c 'import taskyard; print(taskyard.__version__)')
kept=tests/upgrades/releases/$version
[ ! -e "$kept" ] || { echo "$kept is there already: a release is kept once" >&2; exit 1; }
TASKYARD_HOME=$(mktemp -d)
export TASKYARD_HOME PYTHONPATH=src
trap 'rm -rf "$TASKYARD_HOME"' EXIT
"$python" -m taskyard demo --tasks 60 --slug kept --password "kept since $version"
mkdir -p "$kept"
"$python" -m taskyard database export --plain "$kept/database.tar"
gzip -9 "$kept/database.tar"
cp "$TASKYARD_HOME/master.key" "$kept/master.key"
"$python" -c 'from taskyard.kit.migrations import *
for migration in read_migrations(migrations_folder()): print(migration.checksum, migration.title)' > "$kept/migrations"
