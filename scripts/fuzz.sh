#!/usr/bin/env bash
# Runs every fuzz target of the module for a while: scripts/fuzz.sh TAGS TIME.
set -euo pipefail
tags=$1 time=$2
for pkg in $(go list -tags "$tags" ./...); do
  for target in $(go test -tags "$tags" -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "== $pkg $target"
    go test -tags "$tags" -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$pkg"
  done
done
