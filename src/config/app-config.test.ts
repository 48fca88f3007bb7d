import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, isDistillError } from "../lib/errors.ts";
import { parseAppConfig } from "./app-config.ts";
import type { AppConfig } from "./app-schema.ts";

/** The message that the text is refused with. */
function refusal(text: string, code: ErrorCode = "CONFIG_INVALID"): string {
  try {
    parseAppConfig(text, "distill.yaml");
  } catch (error) {
    if (!isDistillError(error, code)) throw error;
    return error.message;
  }
  return assert.fail(`accepted: ${text}`);
}

function accepted(text: string): AppConfig {
  return parseAppConfig(text, "distill.yaml");
}

const KEYS =
  "base, suite, debug, sources, packages, debs, slices, accounts, certificates, timezone, locale, files, compose, copy, entrypoint, cmd, env, workdir, user, ports, labels";
const BASES =
  "expected one of static, base-nossl, base, cc, python3, python3.9, python2.7, java-base, java17, java21, java25, or a name of gcr.io/distroless/";
const AT_TOP = `expected keys and values (keys: ${KEYS})`;

/** Mistakes with the one line that is said about them: position, key, what was expected, what was found. */
const MISTAKES: readonly (readonly [mistake: string, text: string, message: string])[] = [
  ["an empty file", "", `1:1: ${AT_TOP}, found nothing`],
  ["a file of comments", "# nothing\n", `1:1: ${AT_TOP}, found nothing`],
  ["a list at the top", "- base\n", `1:1: ${AT_TOP}, found a list`],
  ["a text at the top", "python3\n", `1:1: ${AT_TOP}, found "python3"`],
  ["no base", "suite: trixie\n", `1:1: base: is missing; ${BASES}`],
  ["a base without value", "base:\n", `1:6: base: ${BASES}, found nothing`],
  ["a misspelt base", "base: pyton3\n", `1:7: base: ${BASES}, found "pyton3"; did you mean python3?`],
  ["another suite", "base: base\nsuite: sid\n", '2:8: suite: expected one of trixie, bookworm, bullseye, found "sid"'],
  [
    "a misspelt key",
    "base: base\npakages: [x]\n",
    `2:1: pakages: there is no such key; did you mean packages? (keys: ${KEYS})`,
  ],
  ["a key like no other", "base: base\nvolumes: [x]\n", `2:1: volumes: there is no such key (keys: ${KEYS})`],
  [
    "a misspelt key of a copy",
    "base: base\ncopy:\n  - from: a\n    to: /a\n    ownr: root\n",
    "5:5: copy[0].ownr: there is no such key; did you mean owner? (keys: from, to, owner, mode)",
  ],
  ["a copy without to", "base: base\ncopy:\n  - from: a\n", absolute("3:5: copy[0].to: is missing; ", undefined)],
  [
    "a copy that is a text",
    "base: base\ncopy: [app]\n",
    '2:8: copy[0]: expected keys and values (keys: from, to, owner, mode), found "app"',
  ],
  [
    "copy without a list",
    "base: base\ncopy: {from: a, to: /a}\n",
    "2:7: copy: expected a list of what to copy, such as - {from: app, to: /app}, found a map",
  ],
  ["a relative to", copyOf("from: a, to: app"), absolute("2:22: copy[0].to: ", '"app"')],
  ["a to that climbs", copyOf("from: a, to: /a/../b"), absolute("2:22: copy[0].to: ", '"/a/../b"')],
  ["an empty from", copyOf("from: '', to: /a"), source("2:15: copy[0].from: ", "an empty text")],
  ["a from without paths", copyOf("from: [], to: /a"), source("2:15: copy[0].from: ", "an empty list")],
  ["a from that is a map", copyOf("from: {a: b}, to: /a"), source("2:15: copy[0].from: ", "a map")],
  [
    "an owner with a space",
    copyOf("from: a, to: /a, owner: a b"),
    '2:33: copy[0].owner: expected USER or USER:GROUP, names or numbers, found "a b"',
  ],
  [
    "a mode in letters",
    copyOf("from: a, to: /a, mode: u+x"),
    '2:32: copy[0].mode: expected permission bits in octal, such as "0644", found "u+x"',
  ],
  [
    "a mode that is not octal",
    copyOf("from: a, to: /a, mode: 0888"),
    '2:32: copy[0].mode: expected permission bits in octal, such as "0644", found "0888"',
  ],
  [
    "packages that are no list",
    "base: base\npackages: flask\n",
    '2:11: packages: expected a list of Debian packages, such as [gunicorn, python3-flask], found "flask"',
  ],
  [
    "a package in capitals",
    "base: base\npackages: [curl, Flask]\n",
    '2:18: packages[1]: expected the name of a Debian package, or NAME=VERSION, found "Flask"',
  ],
  [
    "an entrypoint in shell form",
    "base: base\nentrypoint: gunicorn app\n",
    '2:13: entrypoint: expected a list of words, such as [/usr/bin/gunicorn], found "gunicorn app"',
  ],
  [
    "an empty cmd",
    "base: base\ncmd: []\n",
    '2:6: cmd: expected a list of words, such as ["--bind=0.0.0.0:8000", "app:app"], found an empty list',
  ],
  [
    "a word with a NUL",
    'base: base\ncmd: ["a\\0"]\n',
    '2:7: cmd[0]: expected a text without NUL characters, found "a\\u0000"',
  ],
  [
    "env as a list",
    "base: base\nenv: [A=b]\n",
    "2:6: env: expected names and values, such as LANG: C.UTF-8, found a list",
  ],
  [
    "a variable's name",
    "base: base\nenv: {1A: b}\n",
    "2:7: env.1A: expected a name of letters, digits, _, . and -, beginning with a letter or _",
  ],
  [
    "a variable without value",
    "base: base\nenv:\n  A:\n",
    "3:5: env.A: expected a text, a number, true or false, found nothing",
  ],
  ["a relative workdir", "base: base\nworkdir: app\n", absolute("2:10: workdir: ", '"app"')],
  [
    "a user that is a list",
    "base: base\nuser: [a]\n",
    "2:7: user: expected USER or USER:GROUP, names or numbers, found a list",
  ],
  ["a negative user", "base: base\nuser: -1\n", "2:7: user: expected USER or USER:GROUP, names or numbers, found -1"],
  ["port 0", "base: base\nports: [0]\n", port("2:9", "0")],
  ["a high port", "base: base\nports: ['65536/udp']\n", port("2:9", '"65536/udp"')],
  ["a mapped port", "base: base\nports: [80:8000]\n", port("2:9", '"80:8000"')],
  [
    "ports that are no list",
    "base: base\nports: 8000\n",
    "2:8: ports: expected a list of ports, such as [8000, 8053/udp], found 8000",
  ],
  [
    "labels that are a number",
    "base: base\nlabels: 3\n",
    "2:9: labels: expected names and values, such as maintainer: me@example.org, found 3",
  ],
  [
    "a source with an address and no key",
    "base: base\nsources:\n- {uri: 'https://x.example', suite: s}\n",
    "3:3: sources[0]: uri and key go together: the key that the archive is signed with; without both, the suite is one of Debian's own, found a map",
  ],
  [
    "a .deb without its digest",
    "base: base\ndebs:\n- path: x.deb\n",
    "3:3: debs[0].digest: is missing; expected sha256: and 64 hexadecimal digits, as in: sha256sum FILE",
  ],
  [
    "a misspelt slice",
    "base: base\nslices: [gconf]\n",
    '2:10: slices[0]: expected one of documentation, licenses, translations, locales, packaging, shell-completion, desktop, services, login, certificate-tools, development, gconv, leap-second-zones, static-libraries, ldconfig, libc-tools, python-tests, python-tk, python-ndbm, python-nis, python-unusable, python-ensurepip, python-docs, python-packaging, java-wide-archive, found "gconf"; did you mean gconv?',
  ],
  [
    "a user without a number",
    "base: base\naccounts: {users: [{name: app}]}\n",
    "2:20: accounts.users[0].uid: is missing; expected a number from 0 to 4294967294",
  ],
  [
    "a user whose name is no name",
    "base: base\naccounts: {users: [{name: 'a:b', uid: 1}]}\n",
    '2:27: accounts.users[0].name: expected a name of lower-case letters, digits, _ and -, beginning with a letter or _, found "a:b"',
  ],
  [
    "a home that would be two fields of /etc/passwd",
    "base: base\naccounts: {users: [{name: a, uid: 1, home: '/a:b'}]}\n",
    '2:44: accounts.users[0].home: expected an absolute path that can stand in /etc/passwd: without colons and control characters, found "/a:b"',
  ],
  [
    "a shell that would be two lines of /etc/passwd",
    'base: base\naccounts: {users: [{name: a, uid: 1, shell: "/a\\nb"}]}\n',
    '2:45: accounts.users[0].shell: expected an absolute path that can stand in /etc/passwd: without colons and control characters, found "/a\\nb"',
  ],
  [
    "a file that is two things",
    "base: base\nfiles:\n- {path: /a, content: x, link: b}\n",
    "3:3: files[0]: expected one of content, from, link, directory beside the path, found a map",
  ],
  [
    "a time zone that climbs",
    "base: base\ntimezone: ../../etc/passwd\n",
    '2:11: timezone: expected the name of a time zone, such as Europe/Berlin, found "../../etc/passwd"',
  ],
  ["a key given twice", "base: base\nbase: static\n", "2:1: this key is in the map already"],
  ["a tab as indentation", "base: base\ncopy:\n\t- from: a\n", "3:1: a tab cannot indent in YAML; use spaces"],
  ["a second document", "base: base\n---\nbase: base\n", "2:1: a second document begins here; a file has one"],
  ["a key that is a list", "base: base\n? [a]\n: b\n", "2:3: a key must be a text"],
  ["a tag", "base: !secret base\n", "1:7: Unresolved tag: !secret"],
  [
    "an alias without anchor",
    "base: *x\n",
    "1:7: *x repeats a value that no &x above it names; quote a text that begins with *",
  ],
  [
    "a key that JavaScript takes for its own",
    "base: base\nlabels: {__proto__: a}\n",
    "2:10: __proto__ cannot be used here",
  ],
];

function copyOf(entry: string): string {
  return `base: base\ncopy: [{${entry}}]\n`;
}

function absolute(before: string, found: string | undefined): string {
  const given = found === undefined ? "" : `, found ${found}`;
  return `${before}expected an absolute path in the image without "..", such as /app${given}`;
}

function source(before: string, found: string): string {
  return `${before}expected a path in the directory that is built, or a list of paths, found ${found}`;
}

function port(position: string, found: string): string {
  return `${position}: ports[0]: expected a port from 1 to 65535, such as 8000 or 8000/udp, found ${found}`;
}

for (const [mistake, text, message] of MISTAKES) {
  test(`${mistake} is refused with place and reason`, () => {
    const lines = refusal(text).split("\n");
    assert.equal(lines[0], `distill.yaml:${message}`);
    assert.equal(lines.length, 3);
    assert.match(lines[1] ?? "", /^ {2}\d+ \| /);
    assert.match(lines[2] ?? "", /^ {4}\| +\^$/);
  });
}

test("an error shows the line and marks the column", () => {
  assert.equal(
    refusal("# my app\nbase: pyton3  # 3.13\n"),
    [
      `distill.yaml:2:7: base: ${BASES}, found "pyton3"; did you mean python3?`,
      "  2 | base: pyton3  # 3.13",
      "    |       ^",
    ].join("\n"),
  );
});

test("all mistakes are told at once in the order of the file, and those beyond 8 are counted", () => {
  const places = Array.from(
    refusal("user: [a]\nbase: x\nports: 1\n").matchAll(/^distill\.yaml:(\d+)/gm),
    ([, line]) => line,
  );
  assert.deepEqual(places, ["1", "2", "3"]);
  const many = refusal(`base: base\nports: [${"0, ".repeat(20)}]\n`);
  assert.equal(many.match(/^distill\.yaml:/gm)?.length, 8);
  assert.match(many, /\n\.\.\. and 12 more$/);
});

test("syntax errors have a place, and come before what they make of the rest", () => {
  const message = refusal("base: [a\nfoo: }\n");
  assert.match(message, /^distill\.yaml:2:1: /);
  assert.doesNotMatch(message, /no such key/);
});

test("Windows line ends and a byte order mark change no place", () => {
  assert.match(refusal("\ufeffbase: base\r\nfoo: 1\r\n"), /^distill\.yaml:2:1: foo: .*\n {2}2 \| foo: 1\n {4}\| \^$/);
  assert.match(refusal("\ufeffbase: x\r\n"), /^distill\.yaml:1:7: /);
});

test("a bomb of aliases is refused quickly", () => {
  const rows = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [name, below] of [..."bcdefghi"].map((name, index) => [name, "abcdefgh"[index]])) {
    rows.push(`${name}: &${name} [${Array(9).fill(`*${below}`).join(",")}]`);
  }
  assert.match(refusal(rows.join("\n"), "LIMIT_EXCEEDED"), /aliases/);
  assert.match(refusal(`a: &a x\nb: [${"*a, ".repeat(101)}]\n`, "LIMIT_EXCEEDED"), /more than 100 aliases/);
});

test("an alias repeats a value", () => {
  const { env, labels } = accepted("base: base\nenv: &shared {A: b}\nlabels: *shared\n");
  assert.deepEqual([env, labels], [{ A: "b" }, { A: "b" }]);
});

test("a huge file and deep nesting are refused", () => {
  assert.match(refusal(`base: base # ${"é".repeat(140_000)}\n`, "LIMIT_EXCEEDED"), /larger than the 262144 bytes/);
  assert.match(refusal(`base: ${"[".repeat(20_000)}`, "LIMIT_EXCEEDED"), /nested too deeply/);
});

test("numbers and truth values stay as they are written", () => {
  const { env, cmd, labels } = accepted(
    "base: base\nenv: {V: 3.10, W: 010, X: 1e3, Y: True, Z: 8, L: 12345678901234567890}\ncmd: [-n, 5, true]\nlabels: {1: 0x1F}\n",
  );
  assert.deepEqual(env, { V: "3.10", W: "010", X: "1e3", Y: "True", Z: "8", L: "12345678901234567890" });
  assert.deepEqual(cmd, ["-n", "5", "true"]);
  assert.deepEqual(labels, { 1: "0x1F" });
});

test("a mode means the same with quotes and without", () => {
  for (const mode of ['"0640"', "0640", "640", "'640'"]) {
    const [entry] = accepted(copyOf(`from: a, to: /a, mode: ${mode}`)).copy ?? [];
    assert.equal(Number.parseInt(entry?.mode ?? "", 8), 0o640, mode);
  }
});

test("what is remembered as JSON is the same config", () => {
  const config = accepted(
    "base: python3\nuser: 1000\nports: [80, 53/udp]\ncopy: [{from: [a, b], to: /x/, owner: 1:2}]\n",
  );
  assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
});
