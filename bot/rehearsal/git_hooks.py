"""The hooks that run in a push to the simulated GitHub. What they refuse, and what was pushed, is in PUSH_FOLDER."""

from __future__ import annotations

HOOKS = {
    # An `update` hook refuses one ref and lets the others of the same push through, as GitHub does.
    "update": """#!/bin/sh
if [ -f "$PUSH_FOLDER/refused/$1" ]; then cat "$PUSH_FOLDER/refused/$1" >&2; exit 1; fi
case $3 in *[!0]*) ;; *) exit 0 ;; esac
case $2 in *[!0]*) if [ -f "$PUSH_FOLDER/forced/$1" ] && ! git merge-base --is-ancestor "$2" "$3"; then
  cat "$PUSH_FOLDER/forced/$1" >&2; exit 1
fi ;; esac
[ -f "$PUSH_FOLDER/unsigned/$1" ] && for commit in $(git rev-list "$3" --not --branches --tags); do
  git cat-file commit "$commit" | sed '/^$/q' | grep -q '^gpgsig ' && continue
  cat "$PUSH_FOLDER/unsigned/$1" >&2; exit 1
done
missing=$(git rev-list --objects "$3" --not --all | cut -d' ' -f1 |
  git cat-file --batch-check='%(objecttype) %(objectname) %(objectsize)' |
  while read -r type name size; do
    [ "$type" = blob ] && [ "$size" -lt 1024 ] && [ "$size" -gt 120 ] || continue
    git cat-file blob "$name" | sed -n '1{/^version https:\\/\\/git-lfs.github.com\\/spec\\/v1$/!q}
      s/^oid sha256:\\([0-9a-f]\\{64\\}\\)$/\\1/p'
  done | while read -r oid; do [ -f "$LFS_FOLDER/$oid" ] || echo "$oid"; done)
[ -z "$missing" ] && exit 0
echo "error: GH008: Your push referenced at least 1 unknown Git LFS object:" >&2
echo "$missing" >&2
echo "Try to push them with 'git lfs push --all'." >&2
exit 1
""",
    "post-receive": '#!/bin/sh\ncat > "$PUSH_FOLDER/pushed"\n',
}
