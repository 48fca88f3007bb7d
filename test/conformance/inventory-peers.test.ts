import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import {
  ALPINE_LIKE,
  buildInventoryImage,
  DEBIAN_WITH_RUNTIMES,
  DISTROLESS_FLASK,
  FULL_DEBIAN,
  GO_PROGRAM,
  type InventoryImage,
  MODULES,
  NODE_APP,
} from "../support/inventory-images.ts";
import { unlessMirror } from "../support/mirror.ts";
import { unlessRun } from "../support/run-scene.ts";
import { type PackageLine, snykInventory, trivyInventory } from "../support/scanned-inventory.ts";
import { unlessScanners } from "../support/scanners.ts";
import { IS_SHARE } from "../support/share.ts";

/** Where a scanner and distill differ: kinds and names that only one of them has, and why, as docs/inventory.md says it. */
interface Difference {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly why: readonly string[];
}

interface Comparison {
  readonly image: InventoryImage;
  readonly trivy: Difference;
  readonly snyk: Difference;
}

const NONE: Difference = { ours: [], theirs: [], why: [] };

/** Of the example's Dockerfile: distributions of Python, and the Debian packages that their files are of. */
const FLASK = [
  "blinker",
  "click",
  "flask",
  "gunicorn",
  "itsdangerous",
  "jinja2",
  "markupsafe",
  "packaging",
  "werkzeug",
];

const COPIED_PYTHON = "Python packages of Debian that a step copied out of a build stage are Debian's";
const TAKEN_FOR_WHITEOUTS = "A name with `wh` between two other letters is no whiteout";
const INNER_MANIFESTS = "A `package.json` deeper inside a package is none of its own";
const APPLICATION = "The `package.json` of an application is no package";
const GO_MAIN = "The program itself is a module, and so is Go's standard library";

const COMPARISONS: readonly Comparison[] = [
  { image: FULL_DEBIAN, trivy: NONE, snyk: NONE },
  { image: DEBIAN_WITH_RUNTIMES, trivy: NONE, snyk: NONE },
  {
    image: DISTROLESS_FLASK,
    trivy: {
      ours: FLASK.map((name) => `deb python3-${name}`),
      theirs: FLASK.map((name) => `pypi ${name}`),
      why: [COPIED_PYTHON],
    },
    snyk: {
      ours: [...FLASK.map((name) => `deb python3-${name}`), "deb python3-pip-whl", "deb python3-setuptools-whl"].sort(),
      theirs: [],
      why: [COPIED_PYTHON, TAKEN_FOR_WHITEOUTS],
    },
  },
  {
    image: NODE_APP,
    trivy: { ours: [], theirs: ["npm express-needle"], why: [INNER_MANIFESTS] },
    snyk: { ours: [], theirs: ["npm distill-test-tools"], why: [APPLICATION] },
  },
  {
    image: GO_PROGRAM,
    trivy: { ours: ["golang example.org/program", "golang stdlib"], theirs: [], why: [GO_MAIN] },
    snyk: NONE,
  },
  { image: ALPINE_LIKE, trivy: NONE, snyk: NONE },
];

/** One with each of the two things that differ most: packages without their records, and a tree of npm's. */
const COMPARED = COMPARISONS.filter(({ image }) => !IS_SHARE || image === DISTROLESS_FLASK || image === NODE_APP);

const skip = unlessScanners() || unlessRun() || (await unlessMirror());

describe("distill lists the packages that scanners list", { skip }, () => {
  const directory = makeTemporaryDirectory();
  const home = process.env.DISTILL_TEST_HOME ?? join(directory.path, "home");
  after(() => directory.remove());

  for (const { image, trivy, snyk } of COMPARED) {
    it(`in ${image.title}`, async () => {
      const archive = await buildInventoryImage(image, directory.path, home);
      const { packages, coverage, warnings } = await sbom(image.name, home);
      const ours = [...new Set(packages.map(({ type, name, version }): PackageLine => `${type} ${name} ${version}`))];
      assert.deepEqual(differences(ours, await trivyInventory(archive, directory.path)), ignoreReasons(trivy));
      const bySnyk = (await snykInventory(`docker-archive:${archive}`)).map(ofModule);
      assert.deepEqual(differences(ours, [...new Set(bySnyk)]), ignoreReasons(snyk));
      assert.deepEqual(warnings, []);
      // Everything that was built here is somebody's.
      assert.deepEqual(coverage.nobody, { files: 0, bytes: 0 });
    });
  }
});

describe("docs/inventory.md", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/inventory.md"), "utf8").replaceAll(/\s+/g, " ");
  for (const why of new Set(COMPARISONS.flatMap(({ trivy, snyk }) => [...trivy.why, ...snyk.why]))) {
    it(`says: ${why}`, () => assert.ok(text.includes(why)));
  }
});

interface Sbom {
  readonly packages: readonly { readonly type: string; readonly name: string; readonly version: string }[];
  readonly coverage: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>;
  readonly warnings: readonly string[];
}

async function sbom(name: string, home: string): Promise<Sbom> {
  const { stdout } = await mustDistill(["sbom", name, "--offline", "--format", "json"], {
    env: { DISTILL_HOME: home },
  });
  return JSON.parse(stdout) as Sbom;
}

/** What only one of two lists has, without versions where only one of them knows the name at all. */
function differences(
  ours: readonly PackageLine[],
  theirs: readonly PackageLine[],
): Pick<Difference, "ours" | "theirs"> {
  return { ours: onlyIn(ours, theirs), theirs: onlyIn(theirs, ours) };
}

function onlyIn(some: readonly PackageLine[], others: readonly PackageLine[]): readonly string[] {
  const lines = new Set(others);
  const names = new Set(others.map(withoutVersion));
  const only = some.filter((line) => !lines.has(line));
  return only.map((line) => (names.has(withoutVersion(line)) ? line : withoutVersion(line))).sort();
}

function withoutVersion(line: PackageLine): string {
  return line.slice(0, line.lastIndexOf(" "));
}

function ignoreReasons({ ours, theirs }: Difference): Pick<Difference, "ours" | "theirs"> {
  return { ours, theirs };
}

/** Snyk names the packages of Go's modules, and gives the main module no version, where Go says "(devel)". */
function ofModule(line: PackageLine): PackageLine {
  const [kind = "", name = "", version = ""] = line.split(" ");
  if (kind !== "golang") return line;
  const module = MODULES.find(([each]) => name === each || name.startsWith(`${each}/`))?.[0] ?? name;
  return `golang ${module} ${version || "(devel)"}`;
}
