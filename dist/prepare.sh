#!/bin/sh
# Makes what the archives hold beside the checkout's files: `commit`, the commit that they are built
# from, with "edited" if files have changed since, empty where there is no repository; and `runtime`.
#   prepare.sh TARGET MODULES
set -eu
target=$1
modules=$2
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"

commit=$(git rev-parse HEAD 2>/dev/null) || commit=
if [ -n "$commit" ] && [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  commit="$commit edited"
fi
mkdir -p "$target"
printf '%s\n' "$commit" >"$target/commit"

# The class that lists the modules is left out: it differs from build to build, and saves nothing here.
rm -rf "$target/runtime"
"$(./emulha --print-java-home)/bin/jlink" --add-modules "$modules" --no-header-files --no-man-pages \
  --compress zip-6 --disable-plugin system-modules --output "$target/runtime"
