#!/bin/bash
# compile.sh [--seed N]: make -j4 to -j8 of 400 to 900 small C files, in a temporary
# folder: as many processes as in a storm, but each ends and the work gets done.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'make' "$@"
draw jobs 4 8
draw files 400 900
drawn
need make cc timeout

calm_before
for ((i = 1; i <= files; i++)); do
	printf '#include <stdio.h>\nint f%d(int x) { return printf("%%d\\n", x * %d); }\n' "$i" "$i" >"$FOLDER/f$i.c"
done
printf 'CFLAGS = -O2\nall: $(patsubst %%.c,%%.o,$(wildcard *.c))\n' >"$FOLDER/Makefile"
start timeout "$MAX_SECONDS" make -C "$FOLDER" -j"$jobs" --silent all
wait $!
calm_after
