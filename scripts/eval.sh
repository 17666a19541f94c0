#!/usr/bin/env bash
# Quality on development data that is not part of this repository:
# scripts/eval.sh DIR [SET ...]. DIR holds extract/SET/{html,gold.jsonl},
# dedup/{docs.jsonl.gz,gold.jsonl} and a Go module with the scorers.
set -euo pipefail
dir=$1
shift
if [ ! -d "$dir" ]; then
  echo "eval: $dir is not there: nothing measured (set EVAL=DIR)"
  exit 0
fi
dir=$(cd "$dir" && pwd)
bin=$(pwd)/bin/tamiz
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sets=${*:-scrapinghub wcxb-article wcxb-other daniel dedup}
for set in $sets; do
  echo "== $set"
  if [ "$set" = dedup ]; then
    "$bin" import "$dir/dedup/docs.jsonl.gz" --db "$out/dedup.db" --quiet
    "$bin" export --db "$out/dedup.db" --editions all --format jsonl > "$out/clusters.jsonl"
    (cd "$dir" && go run ./cmd/dedup-score --gold dedup/gold.jsonl --pred "$out/clusters.jsonl")
  else
    "$bin" extract --quiet --format jsonl "$dir/extract/$set/html" > "$out/$set.jsonl" || [ $? -eq 3 ]
    (cd "$dir" && go run ./cmd/extract-score --gold "extract/$set" --pred "$out/$set.jsonl")
  fi
done
