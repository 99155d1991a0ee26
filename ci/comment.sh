#!/bin/sh
# The step of ci/comment/action.yml: writes one comment on one pull request, using gh and jq.
#
# It has a token with write permission, and processes what a run without one left behind. The body is only ever text.
# GitHub says which pull request the run was for, never the artifact. The only comment that is ever changed is the
# bot's own comment with the marker.
set -eu
LC_ALL=C
export LC_ALL

MARKER='<!-- precedent-diff -->'
# GitHub accepts 65,536 characters.
MAX_CHARACTERS=65000
BOT='github-actions[bot]'

refuse() {
  printf '::error title=precedent::%s\n' "$1"
  exit 2
}

work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/precedent.XXXXXXXX")
trap 'rm -rf "$work"' EXIT

if [ "$PRECEDENT_RUN_EVENT" != pull_request ]; then
  refuse 'the finished run was not for a pull request'
fi
case $PRECEDENT_RUN_COMMIT in
  '' | *[!0-9a-f]*) refuse 'the finished run has no commit' ;;
esac
if [ -L "$PRECEDENT_COMMENT_FILE" ] || [ ! -f "$PRECEDENT_COMMENT_FILE" ]; then
  refuse 'the body does not exist, or is not a regular file'
fi
if [ "$(head -c 23 "$PRECEDENT_COMMENT_FILE")" != "$MARKER" ]; then
  refuse 'the body does not begin with the marker of Precedent'
fi
if [ "$(tr -d '\200-\277' < "$PRECEDENT_COMMENT_FILE" | wc -c)" -gt "$MAX_CHARACTERS" ]; then
  refuse 'the body is too long'
fi

# Open pull requests from that branch whose head is the commit of the run.
gh api --method GET --paginate "repos/$GITHUB_REPOSITORY/pulls" -f state=open \
  -f head="$PRECEDENT_RUN_OWNER:$PRECEDENT_RUN_BRANCH" > "$work/pulls"
numbers=$(jq -r --arg commit "$PRECEDENT_RUN_COMMIT" '.[] | select(.head.sha == $commit) | .number' "$work/pulls")
case $numbers in
  '')
    echo '::notice title=precedent::no open pull request has the commit of that run as its head: no comment was written'
    exit 0
    ;;
  *[!0-9]*) refuse 'several pull requests have the commit of that run as their head: no comment was written' ;;
esac

# The report is only as trustworthy as the workflow of the run, which a pull request can change.
{
  printf '%s\n' "$MARKER"
  printf '_For commit %.12s, written by its own workflow run. The required check decides._\n' "$PRECEDENT_RUN_COMMIT"
  tail -c +24 "$PRECEDENT_COMMENT_FILE"
} > "$work/body"
jq -Rs '{body: .}' "$work/body" > "$work/request"

gh api --method GET --paginate "repos/$GITHUB_REPOSITORY/issues/$numbers/comments" > "$work/comments"
own=$(jq -rs --arg bot "$BOT" --arg marker "$MARKER" \
  '[.[][] | select(.user.login == $bot and (.body | startswith($marker))) | .id][0] // empty' "$work/comments")
if [ -n "$own" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" --input "$work/request" > /dev/null
else
  gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$numbers/comments" --input "$work/request" > /dev/null
fi
