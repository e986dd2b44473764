#!/bin/sh
# Installs the programs that some tests call and that are no Python packages, where that can be done in silence:
# promtool (alert rules) and redis-cli (the Valkeys' configuration), npm (certified
# OpenID clients), chromium (pages). Elsewhere those tests say what is missing.
# `install_tools.sh wrk` adds what the benchmark loads with.
set -eu

missing=
for name; do
    command -v "$name" > /dev/null || missing="$missing $name"
done
command -v promtool > /dev/null || missing="$missing prometheus"
command -v redis-cli > /dev/null || missing="$missing redis-tools"
command -v npm > /dev/null || missing="$missing npm"
command -v chromium > /dev/null || missing="$missing chromium"
test -n "$missing" || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "not installed:$missing (needs root and apt-get)" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq > /dev/null || true
# shellcheck disable=SC2086
apt-get install -qq -y --no-install-recommends $missing > /dev/null
