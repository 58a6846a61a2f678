# Sourced by the pipeline's scripts: how they fail, what they need, where their tools are.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TODO_TOOLS=${TODO_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/todo/tools}
export PATH=$TODO_TOOLS:$PATH

# One line that says what is wrong: the last line of a failed job is all that somebody reads at night.
fail() {
  echo "$(basename "$0"): $*" >&2
  if [ -n "${GITHUB_ACTIONS:-}" ]; then echo "::error title=$(basename "$0")::$*"; fi
  exit 1
}

# need NAME "what it is": the variable is set and not empty.
need() { [ -n "${!1:-}" ] || fail "$1 is not set: $2"; }

# need_tool NAME…: the program is on PATH.
need_tool() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null && continue
    case $name in
      cosign | crane | actionlint) fail "$name is not installed: scripts/pipeline-tools $name builds it" ;;
      helm) fail "helm is not installed: scripts/chart-tools helm builds it" ;;
      *) fail "$name is not installed" ;;
    esac
  done
}

say() { echo "==> $*"; }

# A line in the job's summary page on GitHub; on one machine it is printed.
summary() { echo "$*" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"; }

# The images of a release: one file per image in $IMAGES_DIR, named after the image, holding name@sha256:….
each_image() {
  need IMAGES_DIR "the folder with one file per image, each holding name@sha256:…"
  local file ref
  [ -n "$(ls -A "$IMAGES_DIR" 2>/dev/null)" ] || fail "$IMAGES_DIR holds no image"
  for file in "$IMAGES_DIR"/*; do
    ref=$(image_ref "$(basename "$file")") || exit 1 # `set -e` does not reach into a substitution
    echo "$(basename "$file") $ref"
  done
}

# image_ref NAME: the reference by digest; anything else is refused, because a tag can move after it was signed.
image_ref() {
  local ref
  ref=$(tr -d '[:space:]' <"$IMAGES_DIR/$1" 2>/dev/null) || fail "$IMAGES_DIR has no image named $1"
  [[ $ref =~ ^[^@[:space:]]+@sha256:[0-9a-f]{64}$ ]] || fail "the image $1 is not given by digest: '$ref'"
  echo "$ref"
}
