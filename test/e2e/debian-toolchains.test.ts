import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { distill, mustDistill } from "../support/cli.ts";

describe("names of official images that stand for others of Debian's", () => {
  const home = mkdtempSync(join(tmpdir(), "distill-toolchains-"));
  const env = { DISTILL_HOME: join(home, "home") };
  after(() => rmSync(home, { recursive: true, force: true }));

  const context = (name: string, dockerfile: string): string => {
    const directory = join(home, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    return directory;
  };

  it("has a Python that answers to python and pip, and says that it is another one", async () => {
    const checks =
      "python --version && pip --version && pip install --no-index --no-deps pip 2>&1 | grep -v externally-managed";
    const dockerfile = `FROM python:3.12-slim AS build\nRUN ${checks}; python -m venv /venv && /venv/bin/pip --version\nFROM scratch\nCOPY --from=build /usr/bin/python3.13 /python\n`;
    const { stderr } = await mustDistill(
      ["build", context("python", dockerfile), "--compose", "-t", "python", "--progress", "plain"],
      { env },
    );
    assert.match(stderr, /warning: python:3\.12-slim is Python 3\.13\.\d+ of Debian trixie, not 3\.12/);
    assert.match(stderr, /Python 3\.13\.\d+/);
    const { stdout } = await mustDistill(["inspect", "python", "--format", "json"], { env });
    assert.match(stdout, /"org\.distill\.differences": ?"python:3\.12-slim is Python 3\.13\.\d+ of Debian trixie/);
  });

  it("says what to use in place of what is no Debian, and plans it all the same", async () => {
    const experiment: readonly (readonly [string, RegExp])[] = [
      ["FROM ubuntu:14.04\nRUN apt-get update && apt-get install -y python\nADD . /app\n", /use debian:trixie/],
      [
        "FROM python:2.7-slim AS b\nADD . /app\nFROM gcr.io/distroless/python2.7\nCOPY --from=b /app /app\n",
        /use python:3/,
      ],
      ["FROM golang:1.7.3\nRUN go build\nFROM alpine:latest\nCOPY --from=0 /app .\n", /use debian:trixie-slim/],
    ];
    for (const [index, [dockerfile, hint]] of experiment.entries()) {
      const directory = context(`experiment-${index}`, dockerfile);
      await mustDistill(["build", "--print-plan", directory], { env });
      const { status, stderr } = await distill(["build", directory, "--compose", "-t", "x"], { env });
      assert.equal(status, 2, stderr);
      assert.match(stderr, hint);
      assert.match(stderr, /Dockerfile:\d+:\d+: (?:ubuntu:14\.04|python:2\.7-slim|alpine:latest) cannot be composed/);
    }
  });

  it("is refused for another processor, which its scripts cannot run on", async () => {
    const foreign = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
    const directory = context("foreign", "FROM debian:trixie\n");
    const { status, stderr } = await distill(["build", directory, "--compose", "--platform", foreign], { env });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /its maintainer scripts have to run, and this machine is linux\//);
  });
});
