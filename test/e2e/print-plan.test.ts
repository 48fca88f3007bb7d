import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { distill, mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";

const TWO_STAGES = "ARG BASE=debian\nFROM golang AS build\nRUN make\nFROM $BASE\nCOPY --from=build /a /b\n";

/** Dockerfiles with bases of long ago, which are understood all the same. */
const OLD = [
  'FROM ubuntu:14.04\nRUN apt-get update && apt-get install -y python-pip\nADD . /app\nWORKDIR /app\nCMD ["python", "app.py"]\n',
  'FROM python:2.7-slim AS build-env\nADD . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nFROM gcr.io/distroless/python2.7\nCOPY --from=build-env /app /app\nWORKDIR /app\nCMD ["app.py"]\n',
  'FROM golang:1.7.3\nWORKDIR /go/src/href\nCOPY app.go .\nRUN CGO_ENABLED=0 go build -o app .\nFROM alpine:latest\nRUN apk --no-cache add ca-certificates\nCOPY --from=0 /go/src/href/app .\nCMD ["./app"]\n',
];

describe("distill build --print-plan", () => {
  test("prints a table, JSON or Graphviz, and builds nothing", async (t) => {
    const directory = temporaryDirectory(t);
    const env = { DISTILL_HOME: join(directory, "home"), BASE: "from-environment" };
    mkdirSync(join(directory, "app"));
    writeFileSync(join(directory, "app/Dockerfile"), TWO_STAGES);
    const plan = async (...flags: string[]): Promise<string> => {
      const { stdout, stderr } = await mustDistill(["build", "--print-plan", ...flags, join(directory, "app")], {
        env,
      });
      assert.equal(stderr, "");
      return stdout;
    };
    assert.match(await plan(), /FROM debian\n +5 +COPY \/a \/b +stage build\n/);
    assert.match(await plan("--build-arg", "BASE"), /FROM from-environment\n/);
    assert.match(await plan("--target", "build", "--format", "table"), /Not built:\n {2}Stage 1, .*, FROM debian\n/);
    assert.match(await plan("--build-context", "golang=docker://mine/go"), /context golang=mine\/go/);
    assert.match(await plan("--format", "dot"), /^digraph plan \{\n/);
    const json = JSON.parse(await plan("--format", "json", "--platform", "linux/arm64"));
    assert.deepEqual(json.platform, { os: "linux", architecture: "arm64" });
    assert.equal(json.stages[1].steps[1].place.start.line, 5);
  });

  test("shows the line that is wrong, and and so does a build", async (t) => {
    const directory = temporaryDirectory(t);
    const env = { DISTILL_HOME: join(directory, "home") };
    const file = join(directory, "Dockerfile");
    writeFileSync(file, "FROM a\nCOPY --from=0 a b\n");
    const wrong = await distill(["build", "--print-plan", directory], { env });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /Dockerfile:2:6: stage 0 takes files from itself\n {2}2 \| COPY --from=0 a b\n/);
    const built = await distill(["build", directory], { env });
    assert.equal(built.status, 2);
    assert.match(built.stderr, /Dockerfile:2:6: stage 0 takes files from itself\n {2}2 \| COPY --from=0 a b\n/);
    const dot = await distill(["build", "--format", "dot", directory], { env });
    assert.match(dot.stderr, /--format dot is no form of a build\n {2}hint: its forms are text, json/);
  });

  test("checks find what could be better, with status 1, and nothing in what is in order", async (t) => {
    const directory = temporaryDirectory(t);
    const env = { DISTILL_HOME: join(directory, "home") };
    const file = join(directory, "Dockerfile");
    writeFileSync(file, 'FROM scratch\nUSER 65532\nCOPY secret app /\nCMD app "x"\n');
    writeFileSync(join(directory, ".dockerignore"), "secret\n");
    const found = await distill(["build", "--check", "--format", "json", directory], { env });
    assert.equal(found.status, 1, found.stderr);
    assert.deepEqual(
      JSON.parse(found.stdout).findings.map(({ rule, line }: { rule: string; line: number }) => [line, rule]),
      [
        [3, "CopyIgnoredFile"],
        [4, "JSONArgsRecommended"],
        [4, "distill/ShellFormWithoutShell"],
      ],
    );
    writeFileSync(file, 'FROM scratch\nUSER 65532\nCOPY app /\nCMD ["/app"]\n');
    const clean = await distill(["build", "--check", directory], { env });
    assert.equal(clean.status, 0, clean.stdout);
    assert.match(clean.stdout, /Dockerfile: nothing found\n$/);
    writeFileSync(file, "FROM scratch\nCOPPY app /\n");
    const wrong = await distill(["build", "--check", directory], { env });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /Dockerfile:2:1: there is no instruction "COPPY"\n {2}2 \| COPPY app \//);
    const reported = await distill(["build", "--check", "--format", "github", directory], { env });
    assert.equal(reported.status, 2);
    assert.equal(reported.stdout, `::error file=${file},line=2,col=1::there is no instruction "COPPY"\n`);
  });

  test("understands Dockerfiles of long ago", async (t) => {
    const directory = temporaryDirectory(t);
    const env = { DISTILL_HOME: join(directory, "home") };
    for (const text of OLD) {
      writeFileSync(join(directory, "Dockerfile"), text);
      const { stdout } = await mustDistill(["build", "--print-plan", directory], { env });
      assert.match(stdout, /, ships\n/);
    }
  });
});
