#!/bin/sh
# Makes the images that docker-compose.yml starts from out of Debian packages, where no registry can be reached.
# Usage: local_images.sh FOLDER; FOLDER keeps the Debian system between runs. Needs root and debootstrap.
set -eu
sources=$(cd "$(dirname "$0")/../tests/containers/images" && pwd)
rootfs=$1/debian
if [ ! -e "$rootfs.complete" ]; then
    rm -rf "$rootfs"
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,python3-pip bookworm "$rootfs" >/dev/null
    # The packages are fetched through whatever this machine trusts.
    cp -L /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/ca-certificates.crt"
    touch "$rootfs.complete"
fi
docker image inspect taskyard-test/debian >/dev/null 2>&1 ||
    tar -C "$rootfs" -c . | docker import --change 'LABEL taskyard-test=yes' - taskyard-test/debian >/dev/null

# Somebody's real image stays as it is. One of ours is built again, which takes no time unless its source has changed.
is_real() {
    label=$(docker image inspect --format '{{index .Config.Labels "taskyard-test"}}' "$1" 2>/dev/null) && [ "$label" != yes ]
}
make_image() {
    is_real "$2" ||
        DOCKER_BUILDKIT=0 docker build --quiet --network host --tag "$2" --file "$sources/$1.Dockerfile" "$sources" >/dev/null
}
make_image python python:3.11-slim-bookworm
for name in postgres valkey prometheus grafana; do
    make_image "$name" "$(sed -n "s/^ *image: \(.*$name:.*\)/\1/p" "$sources/../../../docker-compose.yml")"
done
