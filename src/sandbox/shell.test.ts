import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { randomNumbers } from "../../test/support/random.ts";
import { command, quoted } from "./shell.ts";

const ODD = [
  "",
  " ",
  "'",
  "''",
  '"',
  "\\",
  "\n",
  "-n",
  "$(false)",
  "`false`",
  "*",
  "~",
  "a'b'c",
  "#",
  ";",
  "=",
  "%s",
  "é😀",
  "!",
];

test("sh reads a command line as the words that it was made of", () => {
  const words = ODD.concat(ODD.map((word) => `x${word}y${word}`));
  const { stdout, status } = spawnSync("/bin/sh", ["-c", command("printf", "%s\\0", ...words)], { encoding: "utf8" });
  assert.equal(status, 0);
  assert.deepEqual(stdout.split("\0").slice(0, -1), words);
});

test("random words come through", () => {
  const random = randomNumbers(5);
  const character = (): string => String.fromCharCode(1 + Math.floor(random() * 126));
  const words = Array.from({ length: 300 }, () =>
    Array.from({ length: Math.floor(random() * 12) }, character).join(""),
  );
  const { stdout } = spawnSync("/bin/sh", ["-c", command("printf", "%s\\0", ...words)], { encoding: "utf8" });
  assert.deepEqual(stdout.split("\0").slice(0, -1), words);
});

test("plain words stay as they are", () => {
  assert.equal(quoted("/usr/bin/x-1_2,a=b@c%d:e+f."), "/usr/bin/x-1_2,a=b@c%d:e+f.");
  assert.equal(quoted(""), "''");
});
