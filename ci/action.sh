#!/bin/sh
# The second step of action.yml: check, test, diff; annotations, job summary, comment body, outputs, exit status.
#
# Everything in the checkout comes from the pull request: names of policies, files and branches. None of it is printed
# where the runner looks for commands, and none of it becomes part of a script. If something could not be compared, the
# gate does not pass.
#
# Exit status: 0 all passed; 1 errors, failed tests or a failed gate; 2 something could not be read or compared.
set -eu
# Lengths count bytes, and git's messages are in English.
LC_ALL=C
export LC_ALL

MARKER='<!-- precedent-diff -->'
# A job summary can hold 1 MiB per step.
SUMMARY_ROOM=900000
# As HTML this can be five times as long, which still fits into a comment.
DETAILS_ROOM=10000

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

token=$(random)
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/precedent.XXXXXXXX")
trap 'rm -rf "$work"' EXIT

# Sets an output; the value can contain anything.
set_output() {
  delimiter=$(random)
  printf '%s<<%s\n%s\n%s\n' "$1" "$delimiter" "$2" "$delimiter" >> "$GITHUB_OUTPUT"
}

# Writes an annotation. The text is never from the pull request.
annotate() { printf '::%s title=precedent::%s\n' "$1" "$2"; }

fail() {
  annotate error "$1"
  exit 2
}

# Prints a file to the log, so that no line of it can be a command to the runner.
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

# The result of a run. Status 1 without output is not a verdict: the policies could not be compiled.
outcome() {
  case $status in
    0) if [ -s "$work/$1" ]; then echo passed; else echo error; fi ;;
    1) if [ -s "$work/$1" ]; then echo failed; else echo error; fi ;;
    *) echo error ;;
  esac
}

# The first lines of a file that fit, and how many do not.
truncate_lines() {
  awk -v room="$2" '
    { room -= length($0) + 1; if (room >= 0 && !cut) print; else cut++ }
    END { if (cut) printf "\n(%d more lines are left out)\n", cut }' "$1"
}

# Text as preformatted HTML.
preformatted() {
  echo '<pre>'
  truncate_lines "$1" "$DETAILS_ROOM" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
  echo '</pre>'
}

# Counts the characters of a file, without the continuation bytes of UTF-8.
characters() { tr -d '\200-\277' < "$1" | wc -c; }

# Later values of an output replace earlier ones, so if this script ends early, nothing has passed.
for name in check tests gate; do set_output "$name" error; done
set_output changed unknown
set_output comment-file ''

case ${PRECEDENT_COMMENT_LIMIT:=65000} in
  *[!0-9]*) fail 'comment-limit must be a number' ;;
esac
case ${PRECEDENT_ALLOW_BROKEN_OLD:=false} in
  true | false) ;;
  *) fail 'allow-broken-old must be true or false' ;;
esac
if [ "${GITHUB_EVENT_NAME:-}" = pull_request_target ]; then
  fail 'pull_request_target checks out the base and exposes secrets: use pull_request instead'
fi

# Run at the top of the repository, so that annotations name files as GitHub does.
cd -- "${PRECEDENT_WORKING_DIRECTORY:-.}"
checked_out=$(git rev-parse --verify 'HEAD^{commit}')
prefix=$(git rev-parse --show-prefix)
cd "./$(git rev-parse --show-cdup)"

# A path in the working directory, relative to the top of the repository. It cannot look like an option.
from_top() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "./$prefix$1" ;;
  esac
}
workspace=$(from_top "${PRECEDENT_PATH:-.}")

echo '::group::precedent check'
run check check --format github -- "$workspace"
# Each line is an annotation that precedent has escaped.
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
# Nothing passed where nothing was there to run.
if [ "$tests" = passed ] && [ "$(tr -d '\n' < "$work/tests")" = 'there is no test' ]; then tests=none; fi

# Which revisions to compare. GitHub checks out a merge of the pull request into its base. Then the base is the first
# parent of the merge, which can be newer than the event says. `cat-file` names even parents that a shallow clone lacks.
base=${PRECEDENT_BASE:-}
head=${PRECEDENT_HEAD:-HEAD}
if [ -z "$base" ] && [ -n "${PRECEDENT_EVENT_BASE:-}" ]; then
  base=$PRECEDENT_EVENT_BASE
  if [ -z "${PRECEDENT_HEAD:-}" ] && [ "$checked_out" != "$PRECEDENT_EVENT_HEAD" ]; then
    parents=$(git cat-file commit HEAD | sed -n '/^$/q; s/^parent //p' | tr '\n' ' ')
    case $parents in
      *" $PRECEDENT_EVENT_HEAD ") base=${parents%% *} ;;
      *) fail 'the checked-out commit is not from this pull request: check out its merge or its head, or set base and head' ;;
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
  # One value per line; the last one ends with a newline too.
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
  if [ "$gate" = passed ]; then
    # The line after the marker is the verdict. Without a gate it says whether anybody may have gained anything.
    case $(sed -n 2p "$work/diff") in
      '### ✅ passed: '*) ;;
      *) gate=none ;;
    esac
  fi
  if [ "$gate" != error ]; then
    # Whether anything differs at all, even in accepted rows. A broken side fails here.
    run any diff --of accounts --format csv --deny=any --path="$workspace" -- "$base...$head"
    case $(outcome any) in
      passed) changed=false ;;
      failed) changed=true ;;
      *) if [ "$gate" != failed ]; then gate=not-compared; fi ;;
    esac
  fi

  comment=$(from_top "${PRECEDENT_COMMENT_FILE:-${RUNNER_TEMP:-/tmp}/precedent-comment.md}")
  case $comment in
    /*) ;;
    *) comment=$PWD/${comment#./} ;;
  esac
  # Do not follow a link that the pull request put there.
  rm -f -- "$comment"
  {
    # The first line identifies the comment that a later run replaces.
    if [ "$gate" = error ]; then
      printf '%s\n**Not compared: the gate does not pass**\n\n' "$MARKER"
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
      printf '%s\n**This comment is truncated; the job summary has more**\n\n' "$MARKER"
      tail -n +2 "$work/comment" > "$work/rest"
      truncate_lines "$work/rest" $((PRECEDENT_COMMENT_LIMIT - 200))
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
    truncate_lines "$work/comment" "$SUMMARY_ROOM"
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

if [ "$check" = error ]; then annotate error 'the policies could not be read: see the log'; fi
if [ "$tests" = failed ]; then annotate error 'a policy test failed: see the log for a counterexample'; fi
case $gate in
  failed) annotate error 'the gate failed: the job summary shows who gains or loses what, and because of which line' ;;
  none) annotate notice 'no gate is set: what the diff shows was not judged (docs/gates.md)' ;;
  error) annotate error 'the two sides could not be compared, so the gate does not pass: see the log' ;;
  not-compared) annotate warning 'the old side does not compile: nothing was compared and no gate was checked' ;;
esac

case " $check $tests $gate " in
  *' error '*) exit 2 ;;
  *' failed '*) exit 1 ;;
esac
