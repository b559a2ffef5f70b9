#!/usr/bin/env bash
# verify.sh STATICCHECK: everything 'make verify' checks, each step by name.
set -euo pipefail
cd "$(dirname "$0")/.."
staticcheck=$1

step() { printf 'verify: %s\n' "$*"; }

# sums prints a checksum of every file that git keeps or would keep.
sums() { git ls-files -z --cached --others --exclude-standard | xargs -0 sha256sum 2>/dev/null | sort -k 2; }

step 'format (gofmt)'
unformatted=$(gofmt -l .)
if [[ -n $unformatted ]]; then
	printf 'not formatted; type: gofmt -w .\n%s\n' "$unformatted"
	exit 1
fi

step 'go vet'
go vet ./...

step "staticcheck ($staticcheck)"
go run "$staticcheck" ./...

step 'layers'
go test -count=1 -run 'TestLayers|TestOneLibrary' ./cmd/linnix

step 'generated code unchanged'
before=$(sums)
go generate ./...
if ! diff <(echo "$before") <(sums); then
	echo 'generated files were out of date; they are fresh now: look at them and commit'
	exit 1
fi
step 'done'
