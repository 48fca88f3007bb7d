import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkText, findingsOf, PLAIN_BASES, UNKNOWN_BASES } from "../../../test/support/check-text.ts";
import { RULES } from "./rules.ts";

const KEYS = "ENV A_KEY=1\nENV B_KEY=2\n";

async function linesOf(text: string): Promise<readonly number[]> {
  return (await checkText(text)).findings.map(({ line }) => line);
}

describe("# check=", () => {
  test("at the top skips rules in the whole file", async () => {
    assert.deepEqual(await linesOf(`# check=skip=SecretsUsedInArgOrEnv\nFROM a:1\n${KEYS}`), []);
    assert.deepEqual(await linesOf(`# check=skip=all\nFROM a\nWORKDIR x\n${KEYS}`), []);
    assert.deepEqual(await linesOf(`# check=skip=JSONArgsRecommended, SecretsUsedInArgOrEnv\nFROM a:1\n${KEYS}`), []);
  });

  test("skips distill's own by name, or all of them", async () => {
    const text = "FROM debian\nUSER root\nCMD run\n";
    assert.deepEqual(await linesOf(`# check=skip=distill/UnpinnedBase\n${text}`), [3, 4]);
    assert.deepEqual(await linesOf(`# check=skip=distill/all\n${text}`), [4]);
  });

  test("above an instruction skips rules there alone; what follows the names is a remark", async () => {
    const text = `FROM a:1\n# check=skip=SecretsUsedInArgOrEnv // none\n${KEYS}`;
    assert.deepEqual(await linesOf(text), [4]);
    assert.deepEqual(await linesOf(`FROM a:1\n# why\n# check=skip=all because\n${KEYS}`), [5]);
  });

  test("above an instruction that says no setting is a comment", async () => {
    assert.deepEqual(await linesOf(`FROM a:1\n# check=what it does\n${KEYS}`), [3, 4]);
  });

  test("asks for experimental rules, which cannot be skipped, also above an instruction", async () => {
    const text = "# other\nFROM a:1 AS x\n";
    assert.deepEqual(await linesOf(text), []);
    assert.deepEqual(await linesOf(`# check=skip=all;experimental=all\n\n${text}`), [4]);
    assert.deepEqual(await linesOf("FROM a:1\n# check=experimental=InvalidDefinitionDescription\nARG x\n"), [3]);
  });

  test("error=true is told to the caller, and finds no more", async () => {
    const { error, findings } = await checkText("# check=error=true;skip=UndefinedVar\nFROM a:1\n");
    assert.deepEqual([error, findings], [true, []]);
    assert.equal((await checkText("# check=error=F\nFROM a:1\n")).error, false);
  });

  for (const setting of ["skip", "what=1", "error=maybe", "skip=all;", "error=true;skip=a;experimental=b;skip=c"]) {
    test(`${setting} at the top is refused, or read as far as it goes`, async () => {
      const { failure } = await checkText(`# check=${setting}\nFROM a:1\n`);
      const isLonger = setting.split(";").length > 3;
      if (isLonger) assert.equal(failure, undefined);
      else assert.match(failure?.message ?? "", /^Dockerfile:1:9: /);
    });
  }
});

describe("a file that cannot be built", () => {
  test("is checked up to the line that cannot be read", async () => {
    const { findings, failure } = await checkText("FROM a:1 as b\nCOPYY x y\nFROM c:1 as d\n");
    assert.deepEqual(
      findings.map(({ line, rule }) => [line, rule]),
      [[1, "FromAsCasing"]],
    );
    assert.match(failure?.message ?? "", /^Dockerfile:2:1: there is no instruction "COPYY"/);
  });

  test("is checked up to the instruction that cannot be applied, and no further", async () => {
    const { findings, failure } = await checkText("FROM a:1\nCMD run\nSTOPSIGNAL none\nENV A_KEY=1\n");
    assert.deepEqual(
      findings.map(({ line, rule }) => [line, rule]),
      [[2, "JSONArgsRecommended"]],
    );
    assert.match(failure?.message ?? "", /^Dockerfile:3:12: /);
  });

  test("has its check directive obeyed all the same", async () => {
    const { findings } = await checkText("# check=skip=FromAsCasing\nFROM a:1 as b\nCOPYY x y\n");
    assert.deepEqual(findings, []);
  });

  test("may name a target that it does not have", async () => {
    const { failure } = await checkText("FROM a:1 AS b\n", { request: { target: "c" } });
    assert.equal(failure?.code, "USAGE");
  });
});

test("with a target the stages that it needs are checked", async () => {
  const text = "FROM a:1 AS x\nCMD run\nFROM b:1 AS y\nCMD run\n";
  assert.deepEqual(await linesOf(text), [2, 4]);
  const { findings } = await checkText(text, { request: { target: "x" } });
  assert.deepEqual(
    findings.map(({ line }) => line),
    [2],
  );
});

test("findings come by line, and triggers of bases are not reported: nobody can change them here", async () => {
  const resolver = {
    resolve: async () => ({
      ...{ author: undefined, config: { User: "me", OnBuild: ["ENV KEY 1", "CMD run"] }, history: [] },
    }),
  };
  assert.deepEqual(await findingsOf('FROM a:1\nCMD ["x"]\n', { resolver }), []);
});

test("bases that nobody knows are named once", async () => {
  const text = "FROM a:1 AS x\nFROM x\nFROM a:1\nFROM scratch\n";
  assert.deepEqual((await checkText(text, { resolver: UNKNOWN_BASES })).unknownBases, ["a:1"]);
  assert.deepEqual((await checkText(text, { resolver: PLAIN_BASES })).unknownBases, []);
});

test("names of rules are unique", () => {
  assert.equal(new Set(RULES.map(({ name }) => name)).size, RULES.length);
});

describe("hostile files end soon", () => {
  const CASES: readonly (readonly [string, string])[] = [
    [
      "many names that nothing sets",
      `FROM a:1\nENV${" aaaaa$a=1".repeat(2_000)}\nLABEL${range(5_000, (n) => ` l$v${n}=1`)}\n`,
    ],
    ["many names in FROM", `${range(1_500, (n) => `ARG a${n}=1\n`)}${range(1_500, (n) => `FROM b$c${n}\n`)}`],
    ["long comments above long lines", `FROM a:1\n${"# check=x\n".repeat(20_000)}LABEL${" a=$b".repeat(20_000)}\n`],
    ["a long script", `FROM a:1\nRUN ${'sh -c "apt-get x;'.repeat(100_000)}\n`],
    ["nested shells", `FROM a:1\nRUN ${"sh -c ".repeat(100_000)}x\n`],
    ["text that is nearly an address", `FROM a:1\nRUN ${"a.".repeat(500_000)} ${"x://".repeat(200_000)}\n`],
    ["slashes", `FROM a:1\nRUN --mount=type=cache,target=/x${"/".repeat(500_000)}y apt-get update\n`],
    ["paths", `FROM a:1\nCOPY ${"a/".repeat(300_000)}.key /x\nCOPY ${"-".repeat(300_000)} /x\n`],
    ["a chain of stages", `FROM a:1 AS s0\n${range(3_000, (n) => `FROM s${n} AS s${n + 1}\nENV X=1\n`)}`],
  ];

  for (const [name, text] of CASES) {
    test(name, async () => {
      const began = process.cpuUsage();
      await checkText(text);
      const { user, system } = process.cpuUsage(began);
      assert.ok(user + system < 3_000_000, `${(user + system) / 1000} ms`);
    });
  }
});

function range(count: number, each: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => each(index)).join("");
}
