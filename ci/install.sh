#!/bin/sh
# The first step of action.yml: provides the precedent to run, either the given one or one built from this source.
#
# Nothing is taken from a cache: a pull request could fill it, and so replace the program that checks it.
set -eu

fail() {
  printf '::error title=precedent::%s\n' "$1"
  exit 2
}

if [ -n "${PRECEDENT_BINARY:-}" ]; then
  binary=$(command -v -- "$PRECEDENT_BINARY") || fail 'the given binary does not exist or is not executable'
  case $binary in
    /*) ;;
    *) binary=$PWD/$binary ;;
  esac
else
  command -v cargo > /dev/null || fail 'cargo is needed to build precedent: install Rust, or set binary'
  # Not in the checkout, whose .cargo/config.toml and rust-toolchain.toml come from the pull request.
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
  *) fail 'the given binary is not precedent' ;;
esac

# A path can contain a newline, but not this random delimiter.
delimiter=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf 'binary<<%s\n%s\n%s\n' "$delimiter" "$binary" "$delimiter" >> "$GITHUB_OUTPUT"
