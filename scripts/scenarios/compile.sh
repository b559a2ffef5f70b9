#!/bin/bash
# compile.sh [FILES]: the build that must not be taken for an incident: make -j8 of
# FILES (400, at most 1000) small C files, in a temporary folder.
set -euo pipefail

files=${1:-400}
if ((files > 1000)); then
	echo "compile.sh: at most 1000 files" >&2
	exit 2
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/linnix-compile.XXXXXX")
trap 'rm -rf "$folder"' EXIT

for ((i = 1; i <= files; i++)); do
	printf '#include <stdio.h>\nint f%d(int x) { return printf("%%d\\n", x * %d); }\n' "$i" "$i" >"$folder/f$i.c"
done
{
	printf 'CFLAGS = -O1\nall: $(patsubst %%.c,%%.o,$(wildcard *.c))\n'
} >"$folder/Makefile"
make -C "$folder" -j8 --silent all
