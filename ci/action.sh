#!/bin/sh
# The second step of action.yml: check, test, diff; annotations, job summary, comment body, outputs, exit status.
#
# Everything in the checkout is the pull request's: names of policies, files and branches. None of it is printed
# where the runner looks for commands, and none of it is a script. What could not be compared has not passed.
#
# Exit status: 0 all passed; 1 findings, failed tests or a gate; 2 something could not be read or compared.
set -eu
# Lengths are of bytes, and messages of git in English.
LC_ALL=C
export LC_ALL

MARKER='<!-- precedent-diff -->'
# A job summary has room for 1 MiB a step.
SUMMARY_ROOM=900000
# Five times as much as HTML, which a comment still has room for.
DETAILS_ROOM=10000

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

token=$(random)
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/precedent.XXXXXXXX")
trap 'rm -rf "$work"' EXIT

# An output, whatever its value holds.
set_output() {
  delimiter=$(random)
  printf '%s<<%s\n%s\n%s\n' "$1" "$delimiter" "$2" "$delimiter" >> "$GITHUB_OUTPUT"
}

# An annotation; the text is ours.
annotate() { printf '::%s title=precedent::%s\n' "$1" "$2"; }

fail() {
  annotate error "$1"
  exit 2
}

# A file into the log, where no line of it is a command to the runner.
show() {
  if [ -s "$1" ]; then
    printf '::stop-commands::%s\n' "$token"
    cat "$1"
    printf '\n::%s::\n' "$token"
  fi
}

# Runs precedent: standard output and error into files, the exit status into `status`.
run() {
  name=$1
  shift
  status=0
  "$PRECEDENT" "$@" > "$work/$name" 2> "$work/$name.err" || status=$?
}

# What a run came to. Status 1 without output is no verdict: the policies could not be compiled.
outcome() {
  case $status in
    0) if [ -s "$work/$1" ]; then echo passed; else echo error; fi ;;
    1) if [ -s "$work/$1" ]; then echo failed; else echo error; fi ;;
    *) echo error ;;
  esac
}

# The first lines of a file that have room, and how many have none.
cut_lines() {
  awk -v room="$2" '
    { room -= length($0) + 1; if (room >= 0 && !cut) print; else cut++ }
    END { if (cut) printf "\n(%d more lines have no room here)\n", cut }' "$1"
}

# Text as HTML that shows it as it is.
preformatted() {
  echo '<pre>'
  cut_lines "$1" "$DETAILS_ROOM" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
  echo '</pre>'
}

# Continuation bytes of UTF-8 are no characters of their own.
characters() { tr -d '\200-\277' < "$1" | wc -c; }

# Later values of an output replace earlier ones: whatever ends this script early has not passed.
for name in check tests gate; do set_output "$name" error; done
set_output changed unknown
set_output comment-file ''

case ${PRECEDENT_COMMENT_LIMIT:=65000} in
  *[!0-9]*) fail 'comment-limit is no number' ;;
esac
case ${PRECEDENT_ALLOW_BROKEN_OLD:=false} in
  true | false) ;;
  *) fail 'allow-broken-old is neither true nor false' ;;
esac
if [ "${GITHUB_EVENT_NAME:-}" = pull_request_target ]; then
  fail 'on pull_request_target the base is checked out and secrets are at hand: use pull_request'
fi

# From the top of the repository, so that annotations name files as GitHub does.
cd -- "${PRECEDENT_WORKING_DIRECTORY:-.}"
checked_out=$(git rev-parse --verify 'HEAD^{commit}')
prefix=$(git rev-parse --show-prefix)
cd "./$(git rev-parse --show-cdup)"

# A path of the working directory, as the top of the repository sees it. Nothing in it looks like an option.
from_top() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "./$prefix$1" ;;
  esac
}
workspace=$(from_top "${PRECEDENT_PATH:-.}")

echo '::group::precedent check'
run check check --format github -- "$workspace"
# Each line is an annotation, escaped by precedent.
cat "$work/check"
show "$work/check.err"
echo '::endgroup::'
case $status in
  0) check=passed ;;
  1) check=failed ;;
  *) check=error ;;
esac
errors=$(grep -c '^::error ' "$work/check" || true)
warnings=$(grep -c '^::warning ' "$work/check" || true)

echo '::group::precedent test'
run tests test -- "$workspace"
show "$work/tests"
show "$work/tests.err"
echo '::endgroup::'
tests=$(outcome tests)

# Which revisions. GitHub checks out a merge of the pull request into its base: there, the base is the merge's first
# parent, which may be newer than what the event tells. `cat-file` also names parents that a shallow clone lacks.
base=${PRECEDENT_BASE:-}
head=${PRECEDENT_HEAD:-HEAD}
if [ -z "$base" ] && [ -n "${PRECEDENT_EVENT_BASE:-}" ]; then
  base=$PRECEDENT_EVENT_BASE
  if [ -z "${PRECEDENT_HEAD:-}" ] && [ "$checked_out" != "$PRECEDENT_EVENT_HEAD" ]; then
    parents=$(git cat-file commit HEAD | sed -n '/^$/q; s/^parent //p' | tr '\n' ' ')
    case $parents in
      *" $PRECEDENT_EVENT_HEAD ") base=${parents%% *} ;;
      *) fail 'what is checked out is not this pull request: check out its merge or its head, or give base and head' ;;
    esac
  fi
fi

changed=unknown
comment=''
if [ -z "$base" ]; then
  gate=skipped
  annotate notice 'this event has no base to compare with: no gate was checked'
else
  set -- --path="$workspace"
  if [ "$PRECEDENT_ALLOW_BROKEN_OLD" = true ]; then set -- "$@" --allow-broken-old; fi
  # One value a line; a newline ends the last one too.
  while IFS= read -r line; do
    if [ -n "$line" ]; then set -- "$@" --deny="$line"; fi
  done << END
${PRECEDENT_DENY:-}
END
  while IFS= read -r line; do
    if [ -n "$line" ]; then set -- "$@" --accept="$(from_top "$line")"; fi
  done << END
${PRECEDENT_ACCEPT:-}
END
  echo '::group::precedent diff'
  run diff diff --format markdown "$@" -- "$base...$head"
  show "$work/diff.err"
  echo '::endgroup::'
  gate=$(outcome diff)
  if [ "$gate" != error ]; then
    # Whether anything at all differs, of what is accepted too. Here nothing that is broken is let through.
    run any diff --of accounts --format csv --deny=any --path="$workspace" -- "$base...$head"
    case $(outcome any) in
      passed) changed=false ;;
      failed) changed=true ;;
      *) if [ "$gate" = passed ]; then gate=not-compared; fi ;;
    esac
  fi

  comment=$(from_top "${PRECEDENT_COMMENT_FILE:-${RUNNER_TEMP:-/tmp}/precedent-comment.md}")
  case $comment in
    /*) ;;
    *) comment=$PWD/${comment#./} ;;
  esac
  # A link that the pull request put there is not followed.
  rm -f -- "$comment"
  {
    # By its first line, a bot finds the comment that it is to replace.
    if [ "$gate" = error ]; then
      printf '%s\n**Not compared: the gate has not passed**\n\n' "$MARKER"
      preformatted "$work/diff.err"
    elif [ "$(head -n 1 "$work/diff")" = "$MARKER" ]; then
      cat "$work/diff"
    else
      printf '%s\n' "$MARKER"
      cat "$work/diff"
    fi
  } > "$work/comment"
  if [ "$(characters "$work/comment")" -gt "$PRECEDENT_COMMENT_LIMIT" ]; then
    {
      printf '%s\n**This comment is cut; the job summary has more**\n\n' "$MARKER"
      tail -n +2 "$work/comment" > "$work/rest"
      cut_lines "$work/rest" $((PRECEDENT_COMMENT_LIMIT - 200))
    } > "$comment"
  else
    cp "$work/comment" "$comment"
  fi
fi

{
  printf '## Precedent\n\n| | |\n| --- | --- |\n'
  printf '| check | %s, errors: %s, warnings: %s |\n' "$check" "$errors" "$warnings"
  printf '| tests | %s |\n| gate | %s |\n\n' "$tests" "$gate"
  if [ -s "$work/comment" ]; then
    cut_lines "$work/comment" "$SUMMARY_ROOM"
    echo
  fi
  if [ "$tests" = failed ]; then
    printf '<details><summary>tests</summary>\n\n'
    preformatted "$work/tests"
    printf '\n</details>\n\n'
  fi
} >> "$GITHUB_STEP_SUMMARY"

set_output check "$check"
set_output tests "$tests"
set_output gate "$gate"
set_output changed "$changed"
set_output comment-file "$comment"

if [ "$check" = error ]; then annotate error 'the policies could not be read: the log says why'; fi
if [ "$tests" = failed ]; then annotate error 'a policy test does not hold: the log has its counterexample'; fi
case $gate in
  failed) annotate error 'the gate failed: the job summary says who gains or loses what, and because of which line' ;;
  error) annotate error 'the sides could not be compared, so the gate has not passed: the log says why' ;;
  not-compared) annotate warning 'the old side does not compile: nothing was compared and no gate was checked' ;;
esac

case " $check $tests $gate " in
  *' error '*) exit 2 ;;
  *' failed '*) exit 1 ;;
esac
