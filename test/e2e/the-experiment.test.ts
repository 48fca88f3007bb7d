import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { distill, mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessTools } from "../support/tools.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

/** As README has it, from the root of a checkout. */
const MAIN_JOB = ["compare", "examples/flask/Dockerfile.fat", "examples/flask/Dockerfile"];

const directory = makeTemporaryDirectory();
const feeds = join(directory.path, "feeds");
/** Of all that a scan asks, Debian's archive alone answers. */
const env = { DISTILL_HOME: join(directory.path, "home"), DISTILL_ADVISORY_MIRROR: feeds };
const options = { env, cwd: REPOSITORY };

after(() => directory.remove());

describe("the first command of README", { skip: unlessTools("tar", "unshare", "setpriv") }, () => {
  let shown = "";
  before(async () => {
    shown = (await mustDistill(MAIN_JOB, options)).stdout;
  });

  /** The numbers of both sides in a row of the table. */
  const row = (text: string, label: string): readonly string[] =>
    new RegExp(`^${label} {2,}(.+)$`, "m").exec(text)?.[1]?.split(/ {2,}/) ?? assert.fail(`no row ${label}`);

  test("builds both images, and says of each what its findings are worth", () => {
    assert.match(shown, /^B is \d\d\.\dx smaller compressed \(2\d\.\d MB, not 3\d\d\.\d MB\)/);
    const flat = shown.replaceAll("\n", " ");
    assert.match(
      flat,
      /B has \d+ missed fix(?:es)? in \d+ packages, A has \d+ missed fix(?:es)? in \d+ packages \(open flaws: unknown, only Debian's archive could be asked\)\./,
    );
    assert.deepEqual(row(shown, "open flaws"), ["unknown", "unknown"]);
    const packages = row(shown, "packages").slice(0, 2);
    assert.deepEqual(
      row(shown, "packages looked at"),
      packages.map((number) => `${number} of ${number}`),
    );
    assert.match(row(shown, "advisory data").join(" "), /\bdebian-archive of \d{4}-\d\d-\d\d\b/);
    assert.doesNotMatch(shown, /known vulnerabilities/, "no number of those can be known");
  });

  test("gives the same answer offline", async () => {
    assert.equal((await mustDistill([...MAIN_JOB, "--offline"], options)).stdout, shown);
  });

  const skip = process.getuid?.() === 0 ? false : "needs root";
  test("gives the same answer with the network cut", { skip }, async () => {
    const cut = await mustDistill([...MAIN_JOB, "-q"], { ...options, through: ["unshare", "-n"] });
    assert.equal(cut.stdout, shown);
  });

  test("knows both in full once Debian's tracker can be had", async () => {
    const file = join(feeds, "security-tracker.debian.org/tracker/data/json");
    mkdirSync(dirname(file), { recursive: true });
    const open = { status: "open", urgency: "not yet assigned", repositories: { trixie: "1" } };
    const tracker = Object.fromEntries(
      ["perl", "python3.13", "flask"].map((source, index) => [
        source,
        { [`CVE-2026-${index}`]: { releases: { trixie: open } } },
      ]),
    );
    writeFileSync(file, JSON.stringify(tracker));
    const wanted = ["--refresh", "--fail-if", "cves > +0, unassessed > 0", "--fail-if", "size.compressed > -90%"];
    const { status, stdout, stderr } = await distill([...MAIN_JOB, "-q", ...wanted], options);
    assert.equal(status, 0, stderr);
    const [a, b, change] = row(stdout, "known vulnerabilities").map(Number);
    assert.ok((b ?? 0) > 0 && (a ?? 0) > (b ?? 0), "perl is in A alone, Flask and Python in both");
    assert.equal(change, (b ?? 0) - (a ?? 0));
    assert.match(stdout, /^ {2}\S+ {2,}CVE-2026-2 {2,}- {2,}python3-flask$/m, "it was copied out of the build stage");
    assert.doesNotMatch(stdout, /missed fixes|open flaws/);
  });
});
