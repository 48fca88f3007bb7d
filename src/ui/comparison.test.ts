import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { comparisonOf, imageFacts } from "../../test/support/comparisons.ts";
import { displayWidth } from "../lib/display-width.ts";
import { comparisonReport } from "./comparison.ts";
import { reportMarkdown } from "./report-markdown.ts";
import { reportText } from "./report-text.ts";
import { verdictOf } from "./verdict.ts";

type Parts = Parameters<typeof comparisonOf>[0];

const sizes = (compressed: number, uncompressed: number): Parts => ({ sizes: { compressed, uncompressed } });
const surface = (parts: Partial<ReturnType<typeof imageFacts>["surface"]>): Parts => ({
  surface: { ...imageFacts().surface, ...parts },
});
const programs = (...paths: readonly string[]) => paths.map((path) => ({ path, names: [path.slice(5)] }));

describe("the verdict", () => {
  const first = async (a: Parts, b: Parts): Promise<string | undefined> => verdictOf(await comparisonOf(a, b))[0];

  test("begins with both sizes, each compared with its own kind", async () => {
    assert.equal(
      await first(sizes(174_600_000, 500_000_000), sizes(14_200_000, 40_000_000)),
      "B is 12.3x smaller compressed (14.2 MB, not 174.6 MB) and 12.5x uncompressed.",
    );
    assert.equal(
      await first(sizes(10_000_000, 30_000_000), sizes(20_000_000, 15_000_000)),
      "B is 2.0x larger compressed (20.0 MB, not 10.0 MB) and 2.0x smaller uncompressed.",
    );
    assert.equal(
      await first(sizes(10_000_000, 20_000_000), sizes(9_700_000, 20_000_000)),
      "B is 3% smaller compressed (9.7 MB, not 10.0 MB) and of the same size uncompressed.",
    );
    assert.equal(
      await first(sizes(10_000_000, 20_000_000), sizes(10_000_000, 20_000_001)),
      "B is of the same size compressed (10.0 MB, not 10.0 MB) and less than 1% larger uncompressed.",
    );
  });

  test("says so where both are one image", async () => {
    const one = { imageID: imageFacts().imageID };
    assert.equal(await first(one, one), "A and B are the same image (800.0 kB compressed, 2.0 MB uncompressed).");
  });

  test("says what is gone altogether and what is there for the first time, and what became of packages", async () => {
    const deb = { kind: "deb", version: "1", architecture: "amd64", bytes: 1 } as const;
    const comparison = await comparisonOf(
      {
        ...surface({ shells: programs("/bin/sh"), interpreters: programs("/bin/perl"), setuid: ["/bin/su"] }),
        packages: [
          { ...deb, name: "a" },
          { ...deb, name: "b" },
        ],
      },
      {
        ...surface({
          interpreters: programs("/bin/perl"),
          networkTools: programs("/bin/nc"),
          user: { configured: "65532", uid: 65532, name: null },
        }),
        packages: [{ ...deb, name: "b", version: "2" }],
      },
    );
    assert.deepEqual(verdictOf(comparison).slice(1), [
      "B has no shell or setuid file.",
      "Where A has none, B has 1 network tool.",
      "B does not run as root, and A does.",
      "1 of 2 packages is gone, 0 are new and 1 has another version.",
    ]);
  });
});

/** Facts with the longest and oddest texts that an image can bring. */
function longFacts(name: string): Parts {
  const long = `/${"very-long-".repeat(30)}${name}`;
  const hostile = "\x1b[31m\u202eevil\n| `x` <b>漢字漢字漢字</b> ";
  return {
    name: `registry.example.com/${"organisation/".repeat(12)}${name}:latest`,
    platform: "linux/arm64/v8",
    layers: [{ ...(imageFacts().layers[0] ?? assert.fail()), step: hostile.repeat(20) }],
    packages: Array.from({ length: 100 }, (_, index) => ({
      ...{
        kind: "deb",
        name: `${name}-${"p".repeat(index)}`,
        version: `1:${index}.0`.repeat(9),
        architecture: "amd64",
      },
      bytes: 1,
    })),
    surface: {
      ...imageFacts().surface,
      shells: [{ path: long, names: ["sh"] }],
      worldWritable: Array.from({ length: 30 }, (_, index) => `${hostile}${index}${long}`),
      ports: Array.from({ length: 40 }, (_, index) => `${index}/tcp`),
      user: { configured: long, uid: null, name: long },
    },
    warnings: [`${long}: ${hostile}`],
    compressedHere: true,
  };
}

describe("the table", () => {
  test("is never wider than 80 columns, and has no control characters, whatever images are called", async () => {
    const deep = `${"deep/".repeat(40)}file`;
    const comparison = await comparisonOf(longFacts("a"), longFacts("b"), {
      a: { [deep]: "x", "\x1b[2J": "y" },
      b: { [`${deep}-other`]: "x" },
    });
    const text = reportText(comparisonReport(comparison));
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 80, line);
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    assert.match(text, /^image +…\S+a:latest +…\S+b:latest/m, "the end of a name tells more than its beginning");
  });

  test("shows both sides, the change, and vulnerabilities as what nobody looked for", async () => {
    const comparison = await comparisonOf(
      { ...sizes(20_000_000, 60_000_000), ...surface({ shells: programs("/bin/bash", "/bin/dash") }) },
      { ...sizes(2_000_000, 6_000_000), ...surface({ shells: programs("/bin/dash"), ports: ["80/tcp"] }) },
      { a: { "bin/bash": "x", "etc/a": "1" }, b: { "etc/a": "2", "etc/b": "" } },
    );
    const text = reportText(comparisonReport(comparison));
    assert.match(text, /^size compressed {2,}20\.0 MB {2,}2\.0 MB {2,}-18\.0 MB$/m);
    assert.match(text, /^size uncompressed {2,}60\.0 MB {2,}6\.0 MB {2,}-54\.0 MB$/m);
    assert.match(text, /^files {2,}0 {2,}0 {2,}\+1 -1 ~1$/m);
    assert.match(text, /^shells {2,}2 {2,}1 {2,}-1$/m);
    assert.match(text, /^ports {2,}- {2,}80\/tcp$/m);
    assert.match(text, /^vulnerabilities {2,}unassessed: no advisory data$/m);
    assert.match(text, /^ATTACK SURFACE GONE\n {2}shells \(1\)\n {4}\/bin\/bash$/m);
    assert.match(text, /^LAYERS OF A\n[^\n]*\n *400\.0 kB +1\.0 MB {2}COPY \. \/app\n.*\(not known\)$/m);
  });
});

test("markdown holds the same, and nothing of an image becomes markup", async () => {
  const markdown = reportMarkdown(comparisonReport(await comparisonOf(longFacts("a"), longFacts("b"))));
  assert.match(markdown, /^\*\*B is of the same size compressed/);
  assert.match(markdown, /^\| {2}\| A \| B \| CHANGE \|\n\| --- \| --- \| --- \| --- \|$/m);
  assert.match(markdown, /^\| size compressed \| 800\.0 kB \| 800\.0 kB \| {2}\|$/m);
  assert.doesNotMatch(markdown, /<b>|[^\\]`|\x1b/);
  const rows = markdown.split("\n").filter((line) => line.startsWith("|"));
  for (const row of rows) assert.ok([4, 5].includes(row.replaceAll("\\|", "").split("|").length - 1), row);
});
