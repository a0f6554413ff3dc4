"""Packages of JavaScript and their tests as sessions write and run them every day: every call is granted."""

# ruff: noqa: E501 -- the files stand here as sessions write them

from __future__ import annotations

from tests.hooks.sessions import Case, edit, write

ORDINARY_PACKAGES: list[Case] = [
    (["npx jest > out.test.log 2>&1; npx jest"], {}),
    (
        ["cat package.json | jq '.a=1' > t && mv t package.json && npm test"],
        {"package.json": '{"scripts": {"test": "jest"}}'},
    ),
    (
        [
            write(
                "package.json",
                '{"name": "x", "description": "It\'s a tool (for rm -rf / fans", "bin": "cli.js", "lint-staged": {"*.js": "eslint"}}',
            ),
            write("pyproject.toml", "[tool.cibuildwheel]\nbuild = 'cp39-*'\ntest-command = 'pytest'\n"),
            write(
                "Taskfile.yml",
                "version: 3\nvars:\n  X: It's (open\n  Y:\n    sh: git rev-parse HEAD\ntasks:\n  t: go test\n",
            ),
            "git commit -am x",
            "npx lint-staged",
            "tox",
            "task t",
            "npm test",
        ],
        {},
    ),
    (
        [
            write(
                "test/app.test.js",
                """const { execSync, spawn } = require('node:child_process');
const test = require('node:test'); const assert = require('node:assert'); const fs=require('fs'); const os=require('os'); const path=require('path');
test('cli', () => { const out = execSync('node bin/cli.js --help').toString(); assert.match(out, /rm -rf/); });
test('spawn', () => { const p = spawn(process.execPath, ['bin/cli.js'], { env: { ...process.env, A: '1' } }); });
test('tmp', () => { const d = fs.mkdtempSync(path.join(os.tmpdir(), 'x-')); fs.rmSync(d, { recursive: true, force: true }); });
test('regex', () => { assert.ok(/a/.exec('git push --force')); });
test('text', () => { assert.equal(redact(process.env.API_TOKEN), '***'); });
""",
            ),
            "node --test test/",
            "node --test",
        ],
        {},
    ),
    (
        [
            write(
                "src/x.test.tsx",
                """import { render } from '@testing-library/react'; import { vi } from 'vitest';
vi.mock('child_process', () => ({ execSync: vi.fn() }));
it('x', () => { render(<App />); expect(execSync).toHaveBeenCalledWith('git push'); fetch('/api', { method: 'POST' }); router.remove('/users'); });
""",
            ),
            "npx vitest run src/x.test.tsx",
        ],
        {},
    ),
    (
        [
            write(
                "jest.config.js",
                "module.exports = { preset: 'ts-jest', testEnvironment: 'node', setupFilesAfterEach: ['./jest.setup.js'] };\n",
            ),
            write("jest.setup.js", "process.env.NODE_ENV='test'; jest.setTimeout(30000);\n"),
            "npx jest --ci",
        ],
        {},
    ),
    (
        [
            write(
                "vite.config.ts",
                "import { defineConfig } from 'vite';\nimport { execSync } from 'node:child_process';\nconst hash = execSync('git rev-parse --short HEAD').toString().trim();\nexport default defineConfig({ define: { __HASH__: JSON.stringify(hash) } });\n",
            ),
            "npx vite build",
        ],
        {},
    ),
    (
        [
            write(
                "package.json",
                '{"scripts":{"test":"jest --coverage","build":"tsc -p . && vite build","clean":"rimraf dist","lint":"eslint . --fix","prepare":"husky","release":"npm publish","dev":"vite","start":"node server.js","postinstall":"patch-package"}}',
            ),
            "npm ci",
            "npm test",
            "npm run build && npm run lint",
            "npm run clean",
            "npm start & sleep 1; kill %1",
        ],
        {},
    ),
    (
        [edit("package.json", '"jest"', '"vitest run"'), "npm test", "npm run clean", "npm run tidy-cache", "npm ci"],
        {
            "package.json": '{"scripts":{"test":"jest","clean":"rm -rf lib","tidy-cache":"rm -rf $CACHE_DIR","prepare":"git config core.hooksPath .githooks"}}'
        },
    ),
    (
        [
            write(
                "package.json",
                '{"name":"x","scripts":{"test":"node --test","clean":"rm -rf lib"},"dependencies":{"a":"1"}}',
            ),
            "npm test && npm run clean",
        ],
        {"package.json": '{"name":"x","scripts":{"test":"node --test","clean":"rm -rf lib"}}'},
    ),
    (
        ["jq '.version=\"1.2.0\"' package.json > t && mv t package.json && npm test"],
        {"package.json": '{"scripts":{"test":"jest"},"version":"1"}'},
    ),
    (
        ['sed -i \'s/"version": "1"/"version": "2"/\' package.json && npm test'],
        {"package.json": '{"scripts":{"test":"jest"},"version": "1"}'},
    ),
    (["npm pkg set scripts.lint='eslint .' && npm run lint"], {"package.json": '{"scripts":{"test":"jest"}}'}),
    (
        [write(".yarnrc.yml", "npmRegistryServer: https://npm.example\nnodeLinker: node-modules\n"), "yarn test"],
        {".yarnrc.yml": "npmRegistryServer: https://npm.example\n", "package.json": '{"scripts":{"test":"jest"}}'},
    ),
    (["echo engine-strict=true >> .npmrc", "npm test"], {".npmrc": "script-shell=zsh\n"}),
    (["npm pkg set type=module", "npm test"], {"package.json": '{"scripts":{"test":"jest"}}'}),
    (
        [
            write(
                ".husky/pre-commit",
                '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpx lint-staged\nnpm test\n',
            ),
            "git commit -m 'x'",
        ],
        {},
    ),
    (
        [
            write(
                "package.json",
                '{"lint-staged":{"*.{js,ts}":["eslint --fix","prettier --write"]},"scripts":{"test":"jest"}}',
            ),
            "npx lint-staged",
            "git commit -m x",
        ],
        {},
    ),
    ([write("deno.json", '{"tasks":{"dev":"deno run --watch main.ts","t":"deno test -A"}}'), "deno task t"], {}),
    (
        [
            "pnpm -r run build",
            "pnpm -C web build",
            "pnpm --filter web build",
            "yarn workspace web build",
            "npx turbo run build",
            "npx nx run web:build",
            "pnpm -r exec tsc",
            "npm run build --workspaces --if-present",
        ],
        {"package.json": '{"workspaces":["*"]}', "web/package.json": '{"name":"web","scripts":{"build":"vite build"}}'},
    ),
    (
        ["cat src; cat < src; python3 src; python3 .; node .; node src; bun .; bash src; head src; wc -l src"],
        {"src/a.py": ""},
    ),
]
