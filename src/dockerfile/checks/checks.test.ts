import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePlatform } from "../../image/platform.ts";
import type { BaseResolver, PlanRequest } from "../graph/request.ts";
import { checkDockerfile } from "./check-dockerfile.ts";
import type { IgnoredPaths } from "./ignored-files.ts";
import { RULES } from "./rules.ts";

const AMD64 = parsePlatform("linux/amd64");
const REQUEST: PlanRequest = {
  ...{ directory: ".", target: undefined, arguments: new Map([["given", "1"]]), contexts: new Map() },
  ...{ platform: AMD64, buildPlatform: AMD64 },
};
const KNOWN: BaseResolver = { resolve: async () => ({ author: undefined, config: { User: "me" }, history: [] }) };
const UNKNOWN: BaseResolver = { resolve: async () => undefined };

async function found(
  text: string,
  options: { readonly resolver?: BaseResolver; readonly ignored?: IgnoredPaths } = {},
): Promise<readonly string[]> {
  const checked = await checkDockerfile(text, "Dockerfile", REQUEST, options.resolver ?? KNOWN, options.ignored);
  assert.equal(checked.failure, undefined);
  return checked.findings.map(({ rule, lines }) => `${lines.first} ${rule}`);
}

/** For each rule one Dockerfile in which it finds something, at this line, and nothing else does. */
const CASES: readonly (readonly [rule: string, line: number, text: string])[] = [
  ["StageNameCasing", 1, "FROM a:1 AS Build\n"],
  ["FromAsCasing", 1, "FROM a:1 as build\n"],
  ["NoEmptyContinuation", 4, "FROM a:1\nRUN a \\\n\n  b\n"],
  ["ConsistentInstructionCasing", 2, "FROM a:1\nrun a\nRUN b\n"],
  ["DuplicateStageName", 2, "FROM a:1 AS x\nFROM b:1 AS x\n"],
  ["ReservedStageName", 1, "FROM a:1 AS context\n"],
  ["JSONArgsRecommended", 2, "FROM a:1\nCMD run it\n"],
  ["MaintainerDeprecated", 2, "FROM a:1\nMAINTAINER me\n"],
  ["UndefinedArgInFrom", 1, "FROM a:1${WHAT}\n"],
  ["WorkdirRelativePath", 2, "FROM a:1\nWORKDIR app\nWORKDIR more\n"],
  ["UndefinedVar", 2, "FROM a:1\nCOPY $WHAT /x\n"],
  ["MultipleInstructionsDisallowed", 2, 'FROM a:1\nCMD ["a"]\nCMD ["b"]\n'],
  ["LegacyKeyValueFormat", 2, "FROM a:1\nENV a b\n"],
  ["RedundantTargetPlatform", 1, "FROM --platform=$TARGETPLATFORM a:1\n"],
  ["SecretsUsedInArgOrEnv", 2, "FROM a:1\nARG MY_TOKEN\n"],
  ["InvalidDefaultArgInFrom", 2, "ARG given=\nFROM a:${given}\n"],
  ["FromPlatformFlagConstDisallowed", 1, "FROM --platform=linux/amd64 a:1\n"],
  [
    "InvalidDefinitionDescription",
    4,
    "# check=experimental=InvalidDefinitionDescription\n\n# something else\nFROM a:1 AS x\n",
  ],
  ["ExposeProtoCasing", 2, "FROM a:1\nEXPOSE 80/TCP\n"],
  ["ExposeInvalidFormat", 2, "FROM a:1\nEXPOSE 127.0.0.1:80:80\n"],
  ["distill/PackageManagerInFinalStage", 2, "FROM a:1\nRUN apt-get install -y x\n"],
  ["distill/RunsAsRoot", 2, "FROM a:1\nUSER root\n"],
  ["distill/SecretFileCopied", 2, "FROM a:1\nCOPY config/.npmrc /root/\n"],
  ["distill/PackageListsKept", 2, "FROM a:1 AS b\nRUN apt-get update\nFROM c:1\nCOPY --from=b /x /x\n"],
  ["distill/AddWhereCopyServes", 2, "FROM a:1\nADD app /app\n"],
  ["distill/UnpinnedBase", 1, "FROM debian\n"],
];

describe("a check", () => {
  for (const [rule, line, text] of CASES) {
    test(`finds ${rule}, and nothing else`, async () => {
      assert.deepEqual(await found(text), [`${line} ${rule}`]);
    });

    test(`finds no ${rule} that is skipped, for the file or for the instruction`, async () => {
      const [first = "", ...rest] = text.split("\n");
      const settings = first.startsWith("# check=") ? `${first};skip=${rule}` : `# check=skip=${rule}\n${first}`;
      assert.deepEqual(await found([settings, ...rest].join("\n")), []);
    });
  }

  test("finds files that .dockerignore leaves out", async () => {
    const ignored = { excludes: (path: string) => path.startsWith("secret") };
    const text = "FROM a:1\nCOPY ./secret/x other $what /x/\nCOPY --from=b:1 secret /y\n";
    assert.deepEqual(await found(text, { ignored, resolver: UNKNOWN }), ["1 distill/RunsAsRoot", "2 CopyIgnoredFile"]);
  });

  test("finds a base for another platform", async () => {
    const resolver: BaseResolver = {
      resolve: async () => ({
        ...{ author: undefined, config: { User: "me" }, history: [] },
        platform: parsePlatform("linux/arm64"),
      }),
    };
    assert.deepEqual(await found("FROM a:1\n", { resolver }), ["1 InvalidBaseImagePlatform"]);
  });

  test("finds a command that needs a shell where there is none", async () => {
    const found_ = await found("FROM gcr.io/distroless/static:1\nENTRYPOINT /app\n");
    assert.deepEqual(found_, ["2 JSONArgsRecommended", "2 distill/ShellFormWithoutShell"]);
    assert.deepEqual(await found("FROM gcr.io/distroless/static:debug\nENTRYPOINT /app\n"), ["2 JSONArgsRecommended"]);
  });

  test("says nothing of variables where nobody knows what the base sets", async () => {
    assert.deepEqual(await found("FROM a:1\nUSER x\nCOPY $WHAT /x\n", { resolver: UNKNOWN }), []);
  });

  test("of an instruction is skipped by the comment above it alone", async () => {
    const text = "FROM a:1\n# check=skip=SecretsUsedInArgOrEnv // it is none\nENV A_KEY=1\nENV B_KEY=2\n";
    assert.deepEqual(await found(text), ["4 SecretsUsedInArgOrEnv"]);
  });
});

test("what is found before a mistake is found, and the mistake is the failure", async () => {
  const text = "FROM a:1 as b\nFROM c:1\nCOPY --from=nine /x /x\nCOPYY x y\n";
  const { findings, failure } = await checkDockerfile(text, "Dockerfile", REQUEST, KNOWN);
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ["FromAsCasing"],
  );
  assert.match(failure?.message ?? "", /Dockerfile:4:1: there is no instruction "COPYY"/);
});

for (const setting of ["skip", "what=1", "error=maybe"]) {
  test(`# check=${setting} is refused with its line`, async () => {
    const { failure } = await checkDockerfile(`# check=${setting}\nFROM a:1\n`, "Dockerfile", REQUEST, KNOWN);
    assert.match(failure?.message ?? "", /^Dockerfile:1:9: # check=/);
  });
}

test("every rule has a case", () => {
  const cased = new Set(CASES.map(([rule]) => rule));
  const elsewhere = ["CopyIgnoredFile", "InvalidBaseImagePlatform", "distill/ShellFormWithoutShell"];
  for (const { name } of RULES) assert.ok(cased.has(name) || elsewhere.includes(name), name);
});
