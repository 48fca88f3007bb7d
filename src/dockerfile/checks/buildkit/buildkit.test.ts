import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf, marksOf, UNKNOWN_BASES } from "../../../../test/support/check-text.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { BUILDKIT_RULES } from "../rules.ts";

/** A Dockerfile, and all that is found in it: line, rule and detail as BuildKit gives them. */
const CASES: readonly (readonly [name: string, text: string, ...findings: string[]])[] = [
  ["names of stages in upper case", "FROM a:1 AS Build", "1 StageNameCasing: Stage name 'Build' should be lowercase"],
  [
    "AS in another case than FROM",
    "FROM a:1 as x\nfrom b:1 AS y\nFROM c:1 AS z\nFROM d:1 As w",
    "1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
    "2 ConsistentInstructionCasing: Command 'from' should match the case of the command majority (uppercase)",
    "2 FromAsCasing: 'AS' and 'from' keywords' casing do not match",
    "4 FromAsCasing: 'As' and 'FROM' keywords' casing do not match",
  ],
  [
    "a FROM in mixed case: once, not for its AS",
    "From a:1 as x\nFROM b:1",
    "1 ConsistentInstructionCasing: Command 'From' should match the case of the command majority (uppercase)",
  ],
  [
    "instructions of the smaller number, where arguments before FROM do not count",
    "arg a=1\narg b=1\nFROM a:1\nRUN x\nrun y",
    "5 ConsistentInstructionCasing: Command 'run' should match the case of the command majority (uppercase)",
  ],
  [
    "an empty continuation line, at the end of the instruction",
    "FROM a:1\nRUN a \\\n\n  b",
    "4 NoEmptyContinuation: Empty continuation line",
  ],
  [
    "an empty continuation line, before the documents",
    "FROM a:1\nCOPY <<E \\\n\n /x\ntext\nE",
    "4 NoEmptyContinuation: Empty continuation line",
  ],
  [
    "a name that two stages have, in whatever case",
    "FROM a:1 AS x\nFROM b:1 AS X",
    '2 DuplicateStageName: Duplicate stage name "x", stage names should be unique',
    "2 StageNameCasing: Stage name 'X' should be lowercase",
  ],
  [
    "a name that is reserved",
    "FROM a:1 AS context",
    '1 ReservedStageName: Stage name should not use the same name as reserved stage "context"',
  ],
  [
    "shell forms, where nobody chose the shell",
    'FROM a:1 AS x\nentrypoint run it\nFROM a:1 AS y\nSHELL ["/bin/bash", "-c"]\nCMD run\nFROM y\nCMD run\nFROM a:1\nCMD ["run"]',
    "2 ConsistentInstructionCasing: Command 'entrypoint' should match the case of the command majority (uppercase)",
    "2 JSONArgsRecommended: JSON arguments recommended for entrypoint to prevent unintended behavior related to OS signals",
  ],
  [
    "MAINTAINER",
    "FROM a:1\nMAINTAINER me",
    "2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label",
  ],
  [
    "arguments of FROM that nothing declares, whatever their default",
    "ARG BASE=a:1\nARG OPEN\nFROM ${BASES:-a:1}\nFROM b:1$OTHER\nFROM b:1$OPEN",
    "3 UndefinedArgInFrom: FROM argument 'BASES' is not declared (did you mean BASE?)",
    "4 UndefinedArgInFrom: FROM argument 'OTHER' is not declared",
  ],
  [
    "the first WORKDIR, if it is relative, and not those behind it or on top of it",
    "FROM a:1 AS x\nWORKDIR app\nWORKDIR more\nFROM x\nWORKDIR even",
    '2 WorkdirRelativePath: Relative workdir "app" can have unexpected results if the base image changes',
  ],
  [
    "variables that nothing sets, once for each word",
    "FROM a:1\nENV NAME=1\nARG KNOWN\nCOPY $WHAT$WHAT ${NAMES} $KNOWN ${WHAT:-x} /x/\nLABEL a=$NAME",
    "4 UndefinedVar: Usage of undefined variable '$WHAT'",
    "4 UndefinedVar: Usage of undefined variable '$NAMES' (did you mean $NAME?)",
    "4 UndefinedVar: Usage of undefined variable '$WHAT'",
  ],
  [
    "variables of mounts and documents, and none of commands and quoted documents",
    "FROM a:1\nRUN --mount=type=cache,target=/c/$A echo $B\nCOPY <<X <<'Y' /x/\n$C\nX\n$D\nY",
    "2 UndefinedVar: Usage of undefined variable '$A'",
    "3 UndefinedVar: Usage of undefined variable '$C'",
  ],
  [
    "commands that do not count, where they stand",
    'FROM a:1\nCMD ["a"]\nHEALTHCHECK CMD a\nCMD ["b"]\nHEALTHCHECK NONE\nFROM b:1\nCMD ["a"]',
    "2 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used",
    "3 MultipleInstructionsDisallowed: Multiple HEALTHCHECK instructions should not be used in the same stage because only the last one will be used",
  ],
  [
    "names and values with a space between them",
    "FROM a:1\nENV a b\nLABEL c d\nENV e=f",
    '2 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format',
    '3 LegacyKeyValueFormat: "LABEL key=value" should be used instead of legacy "LABEL key value" format',
  ],
  [
    "a platform that FROM takes anyway",
    "FROM --platform=${TARGETPLATFORM} a:1\nFROM --platform=$TARGETOS/arm64 b:1",
    "1 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior",
  ],
  [
    "a platform that is fixed, but for stages that say it in their name",
    "FROM --platform=linux/arm64 a:1 AS x\nFROM --platform=linux/arm64 a:1 AS tools-arm64",
    '1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/arm64"',
  ],
  [
    "names of secrets, and none of what is public, a file or a version",
    "ARG GLOBAL_TOKEN\nFROM a:1\nENV X=my_key\nARG MY_TOKEN PUBLIC_KEY KEY_FILE MONKEY\nENV $X=1 api_key=2",
    '4 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "MY_TOKEN")',
    '5 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "my_key")',
    '5 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "api_key")',
  ],
  ["no variables of EXPOSE that nothing sets: there is no port then", "FROM a:1\nEXPOSE 80 $MORE"],
  [
    "protocols of ports in upper case",
    "FROM a:1\nEXPOSE 80/TCP 81/udp",
    "2 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
  ],
  [
    "addresses and ports of the host, variables replaced",
    "FROM a:1\nARG IP=127.0.0.1\nEXPOSE $IP:80:81 82:83 84 :85",
    "3 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:81'",
    "3 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '82:83'",
  ],
  [
    "comments that describe something else, where that is asked for",
    "# check=experimental=InvalidDefinitionDescription\n\n# x is an argument\nARG x=1\n# what for\nARG y=1\n# both\nARG v w\n# stage\nFROM a:1 AS st\n# above\n# st is one\nFROM a:1 AS st2\n\n# no comment of an argument\n\nRUN z",
    "6 InvalidDefinitionDescription: Comment for ARG should follow the format: `# y <description>`",
    "8 InvalidDefinitionDescription: Comment for ARG should follow the format: `# <arg_key> <description>`",
    "10 InvalidDefinitionDescription: Comment for FROM should follow the format: `# st <description>`",
    "13 InvalidDefinitionDescription: Comment for FROM should follow the format: `# st2 <description>`",
  ],
  [
    "what is in stages that the last one does not need",
    "FROM a:1 AS other\nWORKDIR x\nCMD run\nFROM b:1",
    '2 WorkdirRelativePath: Relative workdir "x" can have unexpected results if the base image changes',
    "3 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
  ],
];

describe("BuildKit's checks find", () => {
  for (const [name, text, ...expected] of CASES) {
    test(name, async () => {
      const found = await findingsOf(`${text}\n`);
      assert.deepEqual(
        found.filter((each) => !/^\d+ distill\//.test(each)),
        expected,
      );
    });
  }

  test("a base for another platform", async () => {
    const platform = parsePlatform("linux/arm64");
    const resolver = { resolve: async () => ({ author: undefined, config: { User: "me" }, history: [], platform }) };
    assert.deepEqual(await findingsOf("FROM a:1\n", { resolver }), [
      '1 InvalidBaseImagePlatform: Base image a:1 was pulled with platform "linux/arm64", expected "linux/amd64" for current build',
    ]);
  });

  test("defaults that name no image, whatever the user gives", async () => {
    const text = "ARG base\nARG tag=\nFROM $base\nFROM a:$tag\nFROM a:1\n";
    const request = {
      arguments: new Map([
        ["base", "b:1"],
        ["tag", "1"],
      ]),
    };
    assert.deepEqual(await findingsOf(text, { request }), [
      "3 InvalidDefaultArgInFrom: Default value for ARG $base results in empty or invalid base image name",
      "4 InvalidDefaultArgInFrom: Default value for ARG a:$tag results in empty or invalid base image name",
    ]);
  });

  test("files that the context does not have, unless .dockerignore takes some back in", async () => {
    const text = "FROM a:1\nARG d=secret\nCOPY ./secret/x other $d /x/\nCOPY --from=b:1 secret /y\nADD secret.tar /z\n";
    assert.deepEqual(await findingsOf(text, { ignore: "secret*\n" }), [
      '3 CopyIgnoredFile: Attempting to Copy file "secret/x" that is excluded by .dockerignore',
      '3 CopyIgnoredFile: Attempting to Copy file "secret" that is excluded by .dockerignore',
      '5 CopyIgnoredFile: Attempting to Add file "secret.tar" that is excluded by .dockerignore',
    ]);
    assert.deepEqual(await findingsOf(text, { ignore: "secret*\n!secret/y\n" }), []);
    assert.deepEqual(await findingsOf("FROM a:1\nCOPY ../../secret /x\n", { ignore: "secret\n" }), [
      '2 CopyIgnoredFile: Attempting to Copy file "../../secret" that is excluded by .dockerignore',
    ]);
  });

  test("of variables only slips, where nobody knows what the base sets", async () => {
    const text = "FROM a:1\nUSER x\nENV NAME=1\nCOPY $WHAT $NAMES /x/\n";
    assert.deepEqual(await findingsOf(text, { resolver: UNKNOWN_BASES }), [
      "4 UndefinedVar: Usage of undefined variable '$NAMES' (did you mean $NAME?)",
    ]);
  });

  test("the very word, on whatever line it stands", async () => {
    const text =
      "FROM a:1\nCOPY x \\\n  $WHAT \\\n  /y/\nENV A=1 \\\n  MY_TOKEN=2\nCMD  run it\nEXPOSE 80 \\\n 81/TCP\n";
    assert.deepEqual(await marksOf(text), ["$WHAT", "MY_TOKEN", "run it", "81/TCP"]);
  });
});

test("each of BuildKit's rules has a case", () => {
  const cased = new Set(CASES.flatMap(([, , ...found]) => found.map((each) => /\d+ (\w+)/.exec(each)?.[1])));
  const alone = ["InvalidBaseImagePlatform", "InvalidDefaultArgInFrom", "CopyIgnoredFile"];
  for (const { name } of BUILDKIT_RULES) assert.ok(cased.has(name) || alone.includes(name), name);
});
