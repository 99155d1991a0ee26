#!/bin/sh
# The first step of action.yml: a precedent to run, given or built from the source beside this script.
#
# Nothing is taken from a cache: a pull request can fill one, and would so choose what judges it.
set -eu

fail() {
  printf '::error title=precedent::%s\n' "$1"
  exit 2
}

if [ -n "${PRECEDENT_BINARY:-}" ]; then
  binary=$(command -v -- "$PRECEDENT_BINARY") || fail 'the given binary does not exist, or cannot be run'
  case $binary in
    /*) ;;
    *) binary=$PWD/$binary ;;
  esac
else
  command -v cargo > /dev/null || fail 'there is no cargo to build precedent with: install Rust, or give a binary'
  # From here and not from the checkout, whose .cargo/config.toml and rust-toolchain.toml are the pull request's.
  cd -- "$GITHUB_ACTION_PATH"
  # A run or two do not pay for what the release profile optimizes across crates.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --locked --path . --root "$RUNNER_TEMP/precedent" --target-dir "$RUNNER_TEMP/precedent-target" \
    || fail 'precedent could not be built'
  binary=$RUNNER_TEMP/precedent/bin/precedent
fi

version=$("$binary" --version) || fail 'the given binary cannot be run'
case $version in
  'precedent '*) printf '%s\n' "$version" ;;
  *) fail 'the given binary is no precedent' ;;
esac

# A path may hold a newline; no path holds what is drawn here.
delimiter=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf 'binary<<%s\n%s\n%s\n' "$delimiter" "$binary" "$delimiter" >> "$GITHUB_OUTPUT"
