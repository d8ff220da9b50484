#!/usr/bin/env bash
# One deployment, every night: compares what its instance serves with its pin, pins it again on a branch of its own, and opens the
# pull request for that branch or updates it. Whatever breaks is in the pull request: that code no longer compiles, or that the
# document cannot be pinned at all, for which the branch has an empty commit.
#
# Usage: drift.sh DEPLOYMENT. Needs git, cargo, and gh with GH_TOKEN. Ends with 0 (nothing breaks), 1 (something does), 2 (it
# failed) or 3 (the instance cannot be asked: there is no pull request).
set -uo pipefail

name=$1
branch="drift/$name"
report="target/drift/$name.md"
mkdir -p target/drift
rm -f "$report"

# Annotations and the summary of the job come from the command.
drift=0
cargo xtask drift "$name" --format github || drift=$?
[ "$drift" -eq 3 ] && exit 3

upgrade=0
cargo xtask upgrade "$name" --output "$report" || upgrade=$?
[ "$upgrade" -eq 3 ] && exit 3
[ -f "$report" ] || exit 2

case $upgrade in
    0) title="Drift: $name serves another document than its pin" ;;
    1) title="Drift: $name breaks our code" ;;
    *) title="Drift: $name cannot be pinned again" ;;
esac

git add --all spec crates/pins Cargo.lock || exit 2
number=$(gh pr list --head "$branch" --state open --json number --jq '.[0].number // empty') || exit 2
if git diff --cached --quiet && [ "$drift" -eq 0 ] && [ "$upgrade" -eq 0 ]; then
    if [ -n "$number" ]; then
        gh pr close "$number" --comment "The instance serves what it is pinned to." || exit 2
    fi
    exit 0
fi

git switch --quiet --force-create "$branch" &&
    git commit --quiet --allow-empty --message "[spec] $name: what the instance serves now" &&
    git push --quiet --force origin "$branch" || exit 2
if [ -n "$number" ]; then
    gh pr edit "$number" --title "$title" --body-file "$report" || exit 2
else
    gh pr create --head "$branch" --title "$title" --body-file "$report" || exit 2
fi
[ "$drift" -eq 0 ] && [ "$upgrade" -eq 0 ]
