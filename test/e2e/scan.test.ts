import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type CliRun, distill, mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Registry, unlessRegistry } from "../support/registry.ts";

/** The part of the JSON that the tests look at. */
interface Shown {
  readonly status: string;
  readonly level: string;
  readonly packages: readonly { readonly name: string; readonly type: string; readonly level: string }[];
  readonly findings: readonly {
    readonly id: string;
    /** Its number in `packages`. */
    readonly package: number;
    readonly fixed: string | null;
    readonly state: string;
    readonly exploited: { readonly added: string } | null;
  }[];
}

const directory = makeTemporaryDirectory();
const env = { DISTILL_HOME: join(directory.path, "home") };
const run = async (...args: readonly string[]): Promise<CliRun> => await distill(args, { env, cwd: directory.path });
const scan = async (name: string, ...args: readonly string[]): Promise<Shown> =>
  JSON.parse((await mustDistill(["scan", "-q", "--offline", name, "--format", "json", ...args], { env })).stdout);
const write = (path: string, text: string): string => {
  const file = join(directory.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

/** A Debian package's record, as distroless images have it. */
function record(name: string, version: string, source = ""): string {
  const from = source === "" ? "" : `Source: ${source}\n`;
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\n${from}Version: ${version}\nDescription: none\n`;
}

const RELEASES = (status: object): object => ({
  bookworm: { repositories: { bookworm: "1" }, urgency: "not yet assigned", ...status },
});

/** In the form of Debian's tracker. */
const TRACKER = {
  openssl: {
    "CVE-2030-0001": {
      description: "fixed by now",
      scope: "remote",
      releases: RELEASES({ status: "resolved", fixed_version: "3.0.11-1~deb12u2" }),
    },
    "CVE-2030-0002": {
      description: "a fix is missing",
      scope: "remote",
      releases: RELEASES({ status: "resolved", fixed_version: "3.0.14-1~deb12u1" }),
    },
    "CVE-2030-0003": { description: "nobody fixed it", scope: "remote", releases: RELEASES({ status: "open" }) },
    "CVE-2030-0004": {
      description: "no advisory",
      scope: "remote",
      releases: RELEASES({ status: "open", nodsa: "Minor issue", nodsa_reason: "ignored" }),
    },
    "CVE-2030-0005": { description: "nobody knows", scope: "remote", releases: RELEASES({ status: "undetermined" }) },
    "CVE-2030-0006": {
      description: "never there",
      scope: "remote",
      releases: RELEASES({ status: "resolved", fixed_version: "0" }),
    },
  },
};

function osv(id: string, ecosystem: string, name: string, fixed: string, more: object = {}): string {
  const ranges = [{ type: ecosystem === "npm" ? "SEMVER" : "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }];
  const affected = [{ package: { ecosystem, name }, ranges }];
  return `${JSON.stringify({ id, modified: "2030-01-01T00:00:00Z", summary: `${id} of ${name}`, affected, ...more })}\n`;
}

const CVSS = { severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }] };

/** What each finding of the image is, by package. */
const FOUND = [
  "libssl3 CVE-2030-0002 3.0.14-1~deb12u1 fixed",
  "libssl3 CVE-2030-0003 null not-fixed",
  "libssl3 CVE-2030-0004 null wont-fix",
  "Old_Thing CVE-2030-0010 2.0 fixed",
  "left-pad CVE-2030-0020 1.3.1 fixed",
];

function told({ findings, packages }: Shown): readonly string[] {
  return findings.map(({ id, package: of, fixed, state }) => `${packages[of]?.name} ${id} ${fixed} ${state}`).sort();
}

before(async () => {
  write(
    "image/system/etc/os-release",
    'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian 12"\n',
  );
  write(
    "image/system/var/lib/dpkg/status.d/libssl3",
    record("libssl3", "3.0.11-1~deb12u2+b1", "openssl (3.0.11-1~deb12u2)"),
  );
  // Debian's own Python package: what PyPI says of that version is about another build.
  write(
    "image/system/var/lib/dpkg/status.d/python3-werkzeug",
    record("python3-werkzeug", "2.2.2-3", "python-werkzeug"),
  );
  const own = "usr/lib/python3/dist-packages/Werkzeug-2.2.2.egg-info/PKG-INFO";
  write(`image/system/${own}`, "Metadata-Version: 2.1\nName: Werkzeug\nVersion: 2.2.2\n\n");
  write("image/system/var/lib/dpkg/status.d/python3-werkzeug.md5sums", `d41d8cd98f00b204e9800998ecf8427e  ${own}\n`);
  write("image/app/lib/Old_Thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Old_Thing\nVersion: 1.0\n\n");
  write("image/app/lib/Old_Thing-1.0.dist-info/RECORD", "");
  write("image/app/node_modules/left-pad/package.json", '{"name":"left-pad","version":"1.3.0"}');
  write("image/Dockerfile", "FROM scratch\nCOPY system /\nCOPY app /app\n");
  write("bare/Dockerfile", "FROM scratch\nCOPY Dockerfile /nothing\n");
  await mustDistill(["build", "-q", "-t", "image", join(directory.path, "image")], { env });
  await mustDistill(["build", "-q", "-t", "bare", join(directory.path, "bare")], { env });
  write("tracker.json", JSON.stringify(TRACKER));
  write("npm.jsonl", osv("GHSA-aaaa-aaaa-aaaa", "npm", "left-pad", "1.3.1", { aliases: ["CVE-2030-0020"], ...CVSS }));
  write(
    "pypi.jsonl",
    osv("PYSEC-2030-1", "PyPI", "old-thing", "2.0", { aliases: ["CVE-2030-0010"] }) +
      osv("GHSA-bbbb-bbbb-bbbb", "PyPI", "old-thing", "2.0", { aliases: ["PYSEC-2030-1"], ...CVSS }) +
      osv("PYSEC-2030-2", "PyPI", "old-thing", "2.0", { withdrawn: "2030-02-02T00:00:00Z" }) +
      osv("PYSEC-2030-3", "PyPI", "werkzeug", "3.0.1", { aliases: ["CVE-2030-0030"] }),
  );
  const exploited = [
    { cveID: "CVE-2030-0020", dateAdded: "2030-03-03", dueDate: "2030-04-04", knownRansomwareCampaignUse: "Known" },
  ];
  write(
    "kev.json",
    JSON.stringify({ catalogVersion: "1", dateReleased: "2030-03-04T00:00:00Z", count: 1, vulnerabilities: exploited }),
  );
});

after(() => directory.remove());

describe("without advisory data", () => {
  test("an image is unassessed, in every form, and no gate lets it pass", async () => {
    const table = await run("scan", "-q", "--offline", "image");
    assert.deepEqual([table.status, /^unassessed: /.test(table.stdout)], [0, true], table.stdout);
    assert.equal((await scan("image")).status, "unassessed");
    for (const gate of ["critical", "any", "high,fixed"]) {
      const gated = await run("scan", "-q", "--offline", "image", "--fail-on", gate);
      assert.equal(gated.status, 1, gate);
      assert.match(gated.stderr, /unassessed/);
    }
  });

  test("none of its forms says 0 vulnerabilities", async () => {
    for (const format of ["table", "markdown", "github"]) {
      const { stdout } = await run("scan", "-q", "--offline", "image", "--format", format);
      assert.doesNotMatch(stdout, /\b0 (?:vulnerabilities|missed)/, format);
    }
  });
});

describe("with advisory data", () => {
  before(async () => {
    const sources = ["debian-tracker=tracker.json", "osv-npm=npm.jsonl", "osv-pypi=pypi.jsonl", "kev=kev.json"];
    const feeds = sources.map((source) => source.replace(/=.*/, ""));
    const args = sources.flatMap((source) => ["--source", source.replace("=", `=${directory.path}/`)]);
    await mustDistill(["advisories", "update", "-q", ...feeds, ...args], { env });
  });

  test("an image has what the records say, and nothing of what Debian packaged is asked of PyPI", async () => {
    const shown = await scan("image");
    assert.deepEqual(told(shown), FOUND.toSorted());
    assert.deepEqual([shown.status, shown.level], ["assessed", "full"]);
    assert.deepEqual(
      shown.packages.filter(({ type }) => type === "pypi").map(({ name }) => name),
      ["Old_Thing"],
    );
    assert.equal(shown.findings.find(({ id }) => id === "CVE-2030-0020")?.exploited?.added, "2030-03-03");
  });

  test("an image in which nothing was identified is unassessed whatever data there is", async () => {
    const bare = await run("scan", "-q", "--offline", "bare", "--fail-on", "critical");
    assert.deepEqual([bare.status, bare.stdout.split("\n")[0]], [1, "unassessed: no package was identified"]);
  });

  test("a gate looks at severities, and at fixes where it is asked to", async () => {
    const status = async (...args: readonly string[]): Promise<number> =>
      (await run("scan", "-q", "--offline", "image", ...args)).status;
    assert.equal(await status(), 0);
    assert.equal(await status("--fail-on", "critical"), 1);
    assert.equal(await status("--fail-on", "critical,fixed"), 1);
    assert.equal(await status("--fail-on", "critical", "--fail-on", "stale"), 1);
    assert.equal(await status("--fail-on", "worst"), 2);
  });

  test("what is ignored with a reason does not count, until it expires", async () => {
    const ids = ["CVE-2030-0010", "CVE-2030-0020"];
    const entries = (expires: string): string =>
      `ignore:\n${ids.map((id) => `  - id: ${id}\n    reason: it is not called\n    expires: ${expires}\n`).join("")}`;
    const ignore = write("ignore.yaml", entries("2999-01-01"));
    const passed = await run("scan", "-q", "--offline", "image", "--fail-on", "critical", "--ignore-file", ignore);
    assert.equal(passed.status, 0, passed.stderr);
    assert.doesNotMatch(passed.stdout, /^left-pad/m);
    write("ignore.yaml", entries("2020-01-01"));
    const expired = await run("scan", "-q", "--offline", "image", "--fail-on", "critical", "--ignore-file", ignore);
    assert.equal(expired.status, 1);
    assert.match(expired.stdout + expired.stderr, /expired/);
  });

  test("--explain says why a package is affected, and why one is not", async () => {
    const affected = await run("scan", "-q", "--offline", "image", "--explain", "cve-2030-0002");
    assert.match(affected.stdout, /3\.0\.11-1~deb12u2/);
    assert.match(affected.stdout, /3\.0\.14-1~deb12u1/);
    assert.match(affected.stdout, /line 2: COPY system \//);
    const never = await run("scan", "-q", "--offline", "image", "--explain", "CVE-2030-0006");
    assert.match(never.stdout, /not affected/);
    const merged = await run("scan", "-q", "--offline", "image", "--explain", "GHSA-bbbb-bbbb-bbbb");
    assert.match(merged.stdout, /PYSEC-2030-1/);
  });

  test("documents of the image give the findings that it gives itself", async () => {
    for (const format of ["cyclonedx", "spdx"]) {
      const { stdout } = await mustDistill(["sbom", "-q", "image", "--format", format], { env });
      assert.deepEqual(told(await scan(`sbom:${write(`${format}.json`, stdout)}`)), FOUND.toSorted(), format);
    }
  });

  test("another machine finds the same with what was exported", async () => {
    const file = join(directory.path, "advisories.zst");
    await mustDistill(["advisories", "export", "-o", file], { env });
    await mustDistill(["copy", "-q", "image", `oci-archive:${directory.path}/image.tar`], { env });
    const other = { DISTILL_HOME: join(directory.path, "other") };
    await mustDistill(["advisories", "import", file], { env: other });
    const name = `oci-archive:${directory.path}/image.tar`;
    const { stdout } = await mustDistill(["scan", "-q", "--offline", name, "--format", "json"], { env: other });
    assert.deepEqual(told(JSON.parse(stdout) as Shown), FOUND.toSorted());
  });

  test("an image in a registry has the findings that it has in the store", { skip: unlessRegistry() }, async (t) => {
    const registry = await Registry.start();
    t.after(() => registry.stop());
    const name = `${registry.host}/image:1`;
    await mustDistill(["copy", "-q", "image", `docker://${name}`], { env });
    const other = { DISTILL_HOME: join(directory.path, "third") };
    const file = join(directory.path, "third.zst");
    await mustDistill(["advisories", "export", "-o", file], { env });
    await mustDistill(["advisories", "import", file], { env: other });
    // Nothing but the registry answers: feeds that the image needs are here, and those that are not fail without a word.
    const { stdout } = await mustDistill(["scan", "-q", `docker://${name}`, "--format", "json"], { env: other });
    assert.deepEqual(told(JSON.parse(stdout) as Shown), FOUND.toSorted());
  });
});
