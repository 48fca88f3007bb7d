import assert from "node:assert/strict";
import { test } from "node:test";
import { randomNumbers } from "../../../test/support/random.ts";
import { ProgramLog } from "./program-log.ts";

const SECRET = "a-secret-of-some-length";

function logOf(chunks: readonly (string | Buffer)[], ...secrets: readonly string[]): string {
  const log = new ProgramLog(
    undefined,
    secrets.map((each) => Buffer.from(each)),
  );
  for (const chunk of chunks) log.add(Buffer.from(chunk as string), "stdout");
  log.end();
  return log.text();
}

test("a secret is hidden wherever chunks are cut", () => {
  const text = `before ${SECRET} after\n${SECRET}\n`;
  for (let cut = 0; cut <= text.length; cut++) {
    assert.equal(logOf([text.slice(0, cut), text.slice(cut)], SECRET), "before *** after\n***");
  }
});

test("a secret is hidden where a line is cut because it is too long", () => {
  for (const before of [16_384 - 5, 16_384 - SECRET.length + 1, 16_384 - 1, 20_000]) {
    const log = logOf([`${"x".repeat(before)}${SECRET}${"y".repeat(40_000)}\n`], SECRET);
    assert.doesNotMatch(log.replaceAll("\n", ""), new RegExp(SECRET));
  }
});

test("each line of a secret is hidden, with whatever line ends", () => {
  const key = "-----BEGIN KEY-----\r\nAAAABBBBCCCC\r\n-----END KEY-----\r\n";
  assert.equal(logOf(["x AAAABBBBCCCC y\n-----BEGIN KEY-----\n"], key), "x *** y\n***");
});

test("a secret that holds another one is hidden whole", () => {
  assert.equal(logOf(["password1234\npassword\n"], "password", "password1234"), "***\n***");
});

test("what is too short to be hidden leaves the log as it is", () => {
  assert.equal(logOf(["abc a b c\n"], "abc", "a"), "abc a b c");
});

test("a carriage return begins the line again, and a secret before it does not show", () => {
  assert.equal(logOf(["10%\r20%\r100%\n"]), "100%");
  assert.equal(logOf(["line\r\nnext\r\n"]), "line\nnext");
  assert.doesNotMatch(logOf([`${SECRET}\rdone\n`], SECRET), new RegExp(SECRET));
});

test("characters are whole wherever chunks are cut, and bytes that are none do not stop it", () => {
  const bytes = Buffer.from("é😀ü\n");
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.equal(logOf([bytes.subarray(0, cut), bytes.subarray(cut)]), "é😀ü");
  }
  assert.equal(logOf([Buffer.from([0xff, 0xfe, 0x0a, 0x41, 0x0a])]), "\ufffd\ufffd\nA");
});

test("a log without an end does not fill the memory: its beginning goes", () => {
  const log = new ProgramLog(undefined, []);
  const chunk = Buffer.from(`${"z".repeat(999)}\n`.repeat(100));
  for (let count = 0; count < 100; count++) log.add(chunk, "stderr");
  log.end();
  const text = log.text();
  assert.match(text, /^\(\d+ lines before these\)\n/);
  assert.ok(text.length < 4_100_000, String(text.length));
  const left = Number(/\d+/.exec(text)?.[0]);
  assert.equal(left + text.split("\n").length - 1, 10_000);
});

test("random chunks give the lines of their text", () => {
  const random = randomNumbers(8);
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: 60 }, () => "ab\nc"[Math.floor(random() * 4)]).join("");
    const chunks: string[] = [];
    for (let at = 0; at < text.length; ) {
      const size = 1 + Math.floor(random() * 9);
      chunks.push(text.slice(at, at + size));
      at += size;
    }
    assert.equal(logOf(chunks), text.endsWith("\n") ? text.slice(0, -1) : text);
  }
});
