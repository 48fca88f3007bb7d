import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { distill } from "../support/cli.ts";
import type { TestPackage } from "../support/deb-writer.ts";
import { SmallArchive, smallSuite } from "../support/small-archive.ts";

/** Packages that are signed for and yet must not be taken at their word; the message after the package's name. */
const REFUSED: readonly (TestPackage & { readonly why: RegExp })[] = [
  { name: "dots", files: { "/../../../../tmp/distill-escaped": "1" }, why: /path "\.\/\.\.\/.*" is refused: .*"\.\."/ },
  { name: "through", files: { "/a": { link: "b" }, "/b": { link: "a" }, "/a/x": "1" }, why: /too many symbolic links/ },
  { name: "whiteout", files: { "/etc/.wh.passwd": "" }, why: /\/etc\/\.wh\.passwd would mean a removal/ },
  { name: "long", files: { [`/${"d/".repeat(2100)}x`]: "1" }, why: /longer than 4096 bytes/ },
  { name: "steals", files: { "/etc/services": "mine" }, why: /\/etc\/services is also in netbase 1\.0-1/ },
  {
    name: "flattens",
    files: { "/usr/share/zoneinfo": "1" },
    why: /\/usr\/share\/zoneinfo is a file here and a directory/,
  },
  { name: "future", format: "3.0\n", why: /format "3\.0" is not 2\.x/ },
];

const HARMLESS: TestPackage = {
  name: "odd",
  files: {
    "/srv/a\nb": "newline",
    "/srv/\u001b[31mred": "escape",
    "/srv/loop": { link: "loop" },
    "/srv/up": { link: "../../../../../.." },
    "/srv/up/srv/inside": "still inside",
    "/srv/many/x": "1",
    ...Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`/srv/many/${index}`, String(index)])),
  },
};

describe("packages that a signed archive should not have", () => {
  const home = mkdtempSync(join(tmpdir(), "distill-hostile-"));
  let archive: SmallArchive;

  before(async () => {
    const suite = smallSuite();
    archive = await SmallArchive.open({ ...suite, packages: [...(suite.packages ?? []), ...REFUSED, HARMLESS] });
  });

  after(async () => {
    await archive?.close();
    rmSync(home, { recursive: true, force: true });
  });

  const compose = (name: string) =>
    distill(["compose", "static", "-p", name, "-t", name], { env: { ...archive.environment, DISTILL_HOME: home } });

  for (const { name, why } of REFUSED) {
    it(`refuses ${name} with its name and version, and leaves no image`, async () => {
      const { status, stdout, stderr } = await compose(name);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      const line = stderr.split("\n").find((each) => each.includes(`package ${name} 1.0-1: `)) ?? stderr;
      assert.match(line, why);
    });
  }

  it("has written nothing outside its own directories", () => {
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name === "distill-escaped"),
      [],
    );
  });

  it("takes odd names, links in circles and thousands of files, with nothing for a terminal to obey", async () => {
    const { status, stderr } = await compose(HARMLESS.name);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /\u001b\[31m/);
  });
});
