import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planText } from "../../test/support/golden-plan.ts";
import type { ContextLocation } from "../plan/origin.ts";
import { planDot, planTable } from "../ui/plan.ts";
import { shownPlan } from "./plan-shown.ts";

const FILE = [
  "FROM golang AS build",
  "WORKDIR /src",
  "RUN --mount=type=cache,target=/c --mount=target=. --mount=type=secret,id=key \\",
  "  go build",
  "FROM debian AS docs",
  "FROM scratch",
  "COPY --from=build /src/app /",
  "COPY <<E /conf",
  "E",
].join("\n");

describe("a plan as people read it", () => {
  test("says which stages are built, what they begin with, and what each step uses", async () => {
    const plan = await planText(FILE, {}, { resolve: async () => undefined });
    assert.equal(
      planTable(shownPlan(plan)),
      [
        "Dockerfile for linux/amd64: 3 stages, 2 are built",
        "",
        "Stage 0 (build), Dockerfile:1",
        "Begins with image docker.io/library/golang:latest for linux/amd64, from its registry; nobody asked what it says of itself: its variables are empty here, and triggers may be missing",
        "LINE  STEP                  USES",
        "   1  FROM golang AS build",
        "   2  WORKDIR /src",
        "   3  RUN go build          cache /c, the context at /src, secret key",
        "",
        "Stage 2, Dockerfile:6, ships",
        "Begins with nothing (scratch)",
        "LINE  STEP             USES",
        "   6  FROM scratch",
        "   7  COPY /src/app /  stage build",
        "   8  COPY <<E /conf",
        "",
        "Not built:",
        "  Stage 1 (docs), Dockerfile:5, FROM debian",
        "",
      ].join("\n"),
    );
  });

  test("names build arguments that nothing asks for", async () => {
    const given = new Map(["A", "B", "C", "TARGETARCH", "http_proxy"].map((name) => [name, "x"]));
    const plan = await planText("ARG A\nFROM scratch AS x\nARG C\nFROM scratch\nARG D", { arguments: given });
    assert.deepEqual(plan.unusedArguments, ["B", "C"]);
    assert.match(planTable(shownPlan(plan)), /\n\nNo ARG of what is built asks for the build argument B\n/);
  });

  test("cuts long steps, and shows nothing that could change a terminal", async () => {
    const plan = await planText(`FROM scratch\nCMD ["\u001b[31m${"x".repeat(500)}"]\nUSER \u202ea\u0007`);
    const table = planTable(shownPlan(plan));
    assert.doesNotMatch(table, /[\x00-\x09\x0b-\x1f\u202e]/);
    assert.ok(table.split("\n").every((line) => line.length < 160));
  });

  test("of a base that is known says so", async () => {
    assert.match(
      planTable(shownPlan(await planText("FROM a"))),
      /docker\.io\/library\/a:latest.*, which is in the store/,
    );
    assert.match(planTable(shownPlan(await planText("FROM a AS b\nFROM b"))), /Begins with stage b\n/);
  });

  test("of a named context says what it gives", async () => {
    const shown = async (location: ContextLocation): Promise<string> => {
      const request = { contexts: new Map([["a", location]]) };
      return planTable(shownPlan(await planText("FROM a", request, { resolve: async () => undefined })));
    };
    assert.match(
      await shown({ kind: "directory", path: "d" }),
      /Begins with context a=d: its files, and no settings\n/,
    );
    assert.match(
      await shown({ kind: "image", reference: "x" }),
      /Begins with context a=x for linux\/amd64, from its registry;/,
    );
    assert.match(
      await shown({ kind: "transport", name: "oci:x" }),
      /Begins with context a=oci:x for linux\/amd64, from there;/,
    );
  });

  test("says that a stage further down is not meant by a base of the same name", async () => {
    const table = planTable(shownPlan(await planText("FROM b AS a\nFROM a AS b")));
    assert.match(
      table,
      /library\/b:latest .*; stage 1, which has that name too, stands further down and is not meant\n/,
    );
    assert.equal(table.match(/is not meant/g)?.length, 1);
  });
});

describe("a plan as a graph", () => {
  test("has stages, images and the context as nodes, and what is taken from where as edges", async () => {
    const dot = planDot(shownPlan(await planText(FILE)));
    for (const line of [
      '"stage 2" [label="2\\n3 steps", peripheries=2]',
      '"stage 1" [label="docs", style=dashed]',
      '"docker.io/library/golang:latest" -> "stage 0" [label="FROM"]',
      '"context" -> "stage 0" [label="bind"]',
      '"stage 0" -> "stage 2" [label="COPY"]',
    ]) {
      assert.ok(dot.includes(`  ${line}\n`), `${line}\n${dot}`);
    }
    assert.doesNotMatch(dot, /scratch/);
  });

  test("cannot be left by a name", async () => {
    const contexts = new Map([["a", { kind: "directory", path: '"]; x -> y; \\' } as const]]);
    const dot = planDot(shownPlan(await planText("FROM a", { contexts })));
    assert.match(dot, /"a=\\"\]; x -> y; \\\\" -> "stage 0"/);
  });
});
