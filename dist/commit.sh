#!/bin/sh
# Prints the commit that a release is built from, and "edited" if files have changed since; nothing
# where there is no repository.
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse HEAD 2>/dev/null) || exit 0
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then commit="$commit edited"; fi
printf '%s\n' "$commit"
