import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { Source } from "../source.ts";
import { ignoreFileNames, parseIgnoreFile, readIgnoreLines } from "./ignore-file.ts";

const patternsOf = (text: string): readonly string[] =>
  readIgnoreLines(new Source(".dockerignore", text)).map(({ pattern }) => pattern);

describe("the lines of a .dockerignore", () => {
  test("spaces around them go, comments begin in the first column only", () => {
    assert.deepEqual(patternsOf("# no\n\n  a\t\r\n #b\nc # d\n"), ["a", "#b", "c # d"]);
  });

  test("paths are cleaned and relative to the context", () => {
    assert.deepEqual(patternsOf("/a\nb/\n./c//d\ne/../f\n! /g/\n/\n../h"), ["a", "b", "c/d", "f", "!g", "/", "../h"]);
  });

  test("a byte order mark is no part of the first pattern", () => {
    assert.equal(parseIgnoreFile("\ufeffa").excludes(pathFromText("a")), true);
  });

  test("what is no pattern is refused with its line", () => {
    const refused = (text: string, message: RegExp): void => {
      assert.throws(
        () => parseIgnoreFile(text, "x.dockerignore"),
        (error) => isDistillError(error, "CONFIG_INVALID") && message.test(error.message),
      );
    };
    refused("a\n  !\n", /^x\.dockerignore:2:3: there is no pattern behind !\n {2}2 \| {3}!/);
    refused("a[b", /:1:1: the bracket is never closed/);
    refused("[]a]", /\] stands where/);
    refused("[a-]", /write \\\] for itself/);
    refused("a\\", /nothing to escape/);
  });
});

test("the file that is named after the Dockerfile stands beside it", () => {
  assert.deepEqual(ignoreFileNames("docker/app.Dockerfile"), {
    beside: "docker/app.Dockerfile.dockerignore",
    inContext: ".dockerignore",
  });
});

test("a pattern that is longer than any path is refused with its line", () => {
  assert.throws(
    () => parseIgnoreFile(`a\n${"*a".repeat(500_000)}\n`),
    /:2:1: the pattern is longer than 16384 characters/,
  );
});
