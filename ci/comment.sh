#!/bin/sh
# The step of ci/comment/action.yml: one comment on one pull request, by gh and jq.
#
# It runs with a token that may write, on what a run without one has left. The body is text and nothing else; which
# pull request it is for is what GitHub says of that run, never what the artifact says; and the only comment that is
# ever changed is the bot's own with the marker.
set -eu
LC_ALL=C
export LC_ALL

MARKER='<!-- precedent-diff -->'
# GitHub takes 65,536 characters.
MOST=65000
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
  refuse 'the body is not there, or is no file'
fi
if [ "$(head -c 23 "$PRECEDENT_COMMENT_FILE")" != "$MARKER" ]; then
  refuse 'the body does not begin with the marker of Precedent'
fi
if [ "$(tr -d '\200-\277' < "$PRECEDENT_COMMENT_FILE" | wc -c)" -gt "$MOST" ]; then
  refuse 'the body is too long'
fi

# The open pull requests from that branch whose head is the commit that the run was for.
gh api --method GET --paginate "repos/$GITHUB_REPOSITORY/pulls" -f state=open \
  -f head="$PRECEDENT_RUN_OWNER:$PRECEDENT_RUN_BRANCH" > "$work/pulls"
numbers=$(jq -r --arg commit "$PRECEDENT_RUN_COMMIT" '.[] | select(.head.sha == $commit) | .number' "$work/pulls")
case $numbers in
  '')
    echo '::notice title=precedent::no open pull request is at the commit of that run: nothing was written'
    exit 0
    ;;
  *[!0-9]*) refuse 'several pull requests are at the commit of that run: nothing was written' ;;
esac

# What the run's workflow says is only as good as the workflow, which a pull request can change.
{
  printf '%s\n' "$MARKER"
  printf '_Of commit %.12s, by its own workflow run. The required check decides._\n' "$PRECEDENT_RUN_COMMIT"
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
