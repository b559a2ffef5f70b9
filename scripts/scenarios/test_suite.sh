#!/bin/bash
# test_suite.sh [--seed N]: a runner with 4 workers that runs 100 to 300 short tests, each
# a shell that runs a few commands; some 10 to 20 s.
source "${BASH_SOURCE[0]%/*}/lib.sh"

arguments 'pool' "$@"
draw tests 100 300
draw kib 200 800
drawn
need xargs timeout

cat >"$FOLDER/test.sh" <<'END'
name=$1/t$2
mkdir "$name"
head -c "$(($3 * 1024))" /dev/urandom | base64 >"$name/input"
sort "$name/input" >"$name/sorted"
grep -c "a$(($2 % 10))" "$name/sorted" >"$name/count"
sleep 0.05
rm -r "$name"
END

calm_before
seq "$tests" >"$FOLDER/tests"
start timeout "$MAX_SECONDS" xargs -a "$FOLDER/tests" -P 4 -I '{}' bash "$FOLDER/test.sh" "$FOLDER" '{}' "$kib"
wait $!
calm_after
