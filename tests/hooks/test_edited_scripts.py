"""A script that an edit puts into package.json is judged when it runs, in one call as in two."""

from __future__ import annotations

import json

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession

PACKAGE = {"name": "a", "scripts": {"test": "jest", "lint": "eslint .", "y": "jest"}, "version": "1.0.0"}
EDITS = r"""
npm pkg set scripts.x='@@'
npm pkg set "scripts.x=@@"
npm pkg set name=b 'scripts.x=@@' version=2
npm pkg set 'scripts[x]=@@'
npm pkg set 'scripts["x"]=@@'
npm pkg set --json scripts='{"x":"@@"}'
npm pkg set --json scripts.x='"@@"'
npm --prefix . pkg set scripts.x='@@'
npm pkg -w . set scripts.x='@@'
npm pkg set scripts.prex='@@' scripts.x=jest
npm pkg set scripts.x='@@'; npm pkg set version=2
npm pkg set scripts.x='@@'; jq .version=2 package.json > t && mv t package.json
jq '.scripts.x="@@"' package.json > t && mv t package.json; npm pkg set name=b
npm set-script x '@@'
yarn pkg set scripts.x='@@'
pnpm pkg set scripts.x='@@'
bun pm pkg set scripts.x='@@'
npx npm pkg set scripts.x='@@'
corepack npm pkg set scripts.x='@@'
S='@@'; npm pkg set scripts.x="$S"
jq '.scripts.x = "@@" | .version = "2"' package.json > t.json && mv t.json package.json
jq '.scripts["x"]="@@"' package.json > t && cp t package.json
jq '.scripts += {"x": "@@"}' package.json > t && mv t package.json
jq '.scripts |= . + {x: "@@"}' package.json > t && mv t package.json
jq '. * {scripts: {x: "@@"}}' package.json > t && mv t package.json
jq --arg s '@@' '.scripts.x=$s' package.json > t && mv t package.json
jq -r --arg n x --arg v '@@' '.scripts[$n]=$v' package.json > t && mv t package.json
jq '.scripts.x="@@"' package.json | sponge package.json
jq '.scripts.x="@@"' < package.json > t && mv t package.json
cat package.json | jq '.scripts.x="@@"' > t && mv t package.json
jq '.scripts.x="@@"' package.json | tee t.json >/dev/null; mv t.json package.json
json -I -f package.json -e 'this.scripts.x="@@"'
json -I -f package.json -e "this.scripts['x']='@@'"
npx json -I -f package.json -e 'this.scripts.x="@@"'
yq -i -o json '.scripts.x = "@@"' package.json
dasel put -f package.json -t string -v '@@' scripts.x
npe scripts.x '@@'
fx package.json '.scripts.x="@@"' save
jj -i package.json -o package.json -v '@@' scripts.x
sd '"lint"' '"x":"@@","lint"' package.json
sed -i 's/"lint"/"x":"@@","lint"/' package.json
sed -i '/scripts/a "x":"@@",' package.json
sed -i 's/"y":"jest"/"x":"@@"/' package.json
perl -pi -e 's/"lint"/"x":"@@","lint"/' package.json
perl -pi -e 's{"y":"jest"}{"x":"@@"}' package.json
sed 's|"y":"jest"|"x":"@@"|' package.json > t && mv t package.json
node -e "const p=require('./package.json');p.scripts.x='@@';fs.writeFileSync('package.json',JSON.stringify(p))"
deno eval "const p=JSON.parse(x);p.scripts.x='@@';Deno.writeTextFileSync('package.json',JSON.stringify(p))"
python3 -c "import json;p=json.load(open('package.json'));p['scripts']['x']='@@';json.dump(p,open('package.json','w'))"
ruby -rjson -e 'p=JSON.parse(File.read("package.json")); p["scripts"]["x"]="@@"; File.write("package.json", p.to_json)'
""".strip().splitlines()


@pytest.fixture
def session(a_context: Context) -> PlayedSession:
    files = {
        "package.json": json.dumps(PACKAGE, separators=(",", ":")),
        "src/a.js": "1\n",
        "node_modules/json/package.json": '{"name":"json","bin":{"json":"x.js"}}',
        "node_modules/.bin/json": "#!/usr/bin/env node\n",
    }
    return PlayedSession(a_context, files)


def put(session: PlayedSession, script: str) -> None:
    """What the edit has made of the file."""
    path = session.context.workspace / "package.json"
    path.write_text(json.dumps({**PACKAGE, "scripts": {**PACKAGE["scripts"], "x": script}}))  # type: ignore[dict-item]


@pytest.mark.parametrize("edit", EDITS)
def test_a_script_that_an_edit_adds_is_judged_like_a_command(edit: str, session: PlayedSession) -> None:
    """Each other script is judged as it was, in the same call too."""
    bad, good = edit.replace("@@", "rm -rf src"), edit.replace("@@", "eslint src test")

    assert session.call(f"{bad}; npm run x").rule == "delete.recursive"
    assert session.call(f"{good}; npm run x").granted
    assert session.call(f"{bad}; npm run lint").granted
    assert session.call(bad).granted
    put(session, "rm -rf src")
    assert session.call("npm run x").rule == "delete.recursive"
    assert session.call("npm run lint").granted
    put(session, "eslint src test")
    assert session.call("npm run x").granted


@pytest.mark.parametrize(
    "edit",
    [
        'npm pkg set scripts.x="$(cat cmd.txt)"',
        "jq '.scripts.x=env.S' package.json > t && mv t package.json",
        "jq '.scripts.x=$ENV.S' package.json > t && mv t package.json",
        "yq -i '.scripts.x=strenv(S)' package.json",
    ],
)
def test_a_script_whose_text_is_not_known_is_refused_where_it_runs(edit: str, session: PlayedSession) -> None:
    assert not session.call(f"{edit}; npm run x").granted
    assert session.call(f"{edit}; npm run lint").granted


@pytest.mark.parametrize(
    "edit",
    [
        "npm pkg set scripts.clean='rm -rf src' description='a b c'",
        'npm pkg set version="$VERSION"',
        "jq '.description=\"rm -rf src is bad\"' package.json > t && mv t package.json",
        "jq --arg v 1.2.3 '.version=$v' package.json > t && mv t package.json",
        "jq 'del(.scripts.lint)' package.json > t && mv t package.json",
        "jq '.scripts |= with_entries(select(.key != \"y\"))' package.json > t && mv t package.json",
        'sed -i \'s/"version":"1.0.0"/"version":"1.0.1"/\' package.json',
        "sed -i 's/1\\.0\\.0/1.1.0/' package.json",
        'sed -i -E \'s/("version": *")[^"]+/\\11.1.0/\' package.json',
        "json -I -f package.json -e 'this.version=\"2.0.0\"'",
        "yq -i '.version = \"2.0.0\"' package.json",
        "node -e \"p=require('./package.json');p.version='2';fs.writeFileSync('package.json',JSON.stringify(p))\"",
        "npm version patch --no-git-tag-version",
    ],
)
def test_an_edit_of_something_else_leaves_the_scripts_as_they_are(edit: str, session: PlayedSession) -> None:
    assert session.call(f"{edit}; npm test && npm run lint").granted
    assert session.play(edit, "npm test").granted
