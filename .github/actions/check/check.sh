#!/usr/bin/env bash
# Run `kldiv check` on what the inputs say, one operand or argument a line, and hand on verdict and status.
# Annotations go to the log, Markdown to the summary of the step.
set -uo pipefail

lines() {
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    [ -z "${line//[[:space:]]/}" ] || printf '%s\0' "$line"
  done <<<"$1"
}

mapfile -d '' -t new < <(lines "$NEW")
mapfile -d '' -t arguments < <(lines "${ARGUMENTS:-}")
report=$(mktemp)
trap 'rm -f "$report"' EXIT

kldiv check -f github --report "json=$report" ${arguments[@]+"${arguments[@]}"} -- "$REFERENCE" "${new[@]}"
status=$?

verdict=error
if [ "$status" -le 1 ] && [ -s "$report" ]; then
  verdict=$(python -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"])' "$report") ||
    verdict=error
fi
if [ "$verdict" = error ] && [ "$status" -le 1 ]; then
  # no report: kldiv itself did not start, or was asked for something else than a check
  echo "::error title=kldiv::no verdict: kldiv check gave no report"
  status=2
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf 'verdict=%s\nstatus=%s\n' "$verdict" "$status" >>"$GITHUB_OUTPUT"
fi
exit "$status"
