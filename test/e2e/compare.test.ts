import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { distill, mustDistill } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { archiveOf, bare, type Entry, file } from "../support/tar.ts";
import { unlessTools } from "../support/tools.ts";

/** The part of the JSON that the tests look at. */
interface Shown {
  readonly version: number;
  readonly verdict: readonly string[];
  readonly a: Facts;
  readonly b: Facts;
  readonly difference: {
    readonly packages: Readonly<Record<"added" | "removed" | "changed", readonly { readonly name: string }[]>>;
    readonly files: Readonly<Record<"added" | "removed" | "changed", { readonly count: number }>> & {
      readonly unchanged: number;
    };
    readonly vulnerabilities: Readonly<Record<"gone" | "new" | "kept", readonly { readonly id: string }[]>> & {
      readonly obstacles: readonly string[];
    };
  };
  readonly conditions: readonly { readonly condition: string; readonly answer: string }[];
}

interface Facts {
  readonly imageID: string;
  readonly sizes: { readonly compressed: number; readonly uncompressed: number };
  readonly compressedHere: boolean;
  readonly layers: readonly { readonly compressed: number; readonly uncompressed: number; readonly step: string }[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly architecture: string }[];
  readonly files: { readonly count: number; readonly bytes: number };
  readonly surface: {
    readonly shells: readonly { readonly path: string }[];
    readonly setuid: readonly string[];
    readonly setgid: readonly string[];
    readonly worldWritable: readonly string[];
    readonly capabilities: readonly { readonly path: string; readonly capabilities: string }[];
    readonly user: { readonly uid: number };
    readonly ports: readonly string[];
  };
  readonly vulnerabilities: {
    readonly status: string;
    readonly reason?: string;
    readonly level?: string;
    readonly packages?: object;
    readonly findings?: readonly { readonly id: string; readonly package: string; readonly fixed: string | null }[];
  };
}

const CAPABILITY = new Map([["security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex")]]);
const directory = (path: string, mode = 0o755): Entry => bare({ path, type: "directory", mode });
const link = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname });

/** This machine's own database, where it is Debian's: nothing written by hand has as many kinds of entries. */
const OWN_STATUS = "/var/lib/dpkg/status";
const status = (): string =>
  existsSync(OWN_STATUS)
    ? readFileSync(OWN_STATUS, "utf8")
    : "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n\n";

/** A root file system with a little of everything. */
function fatRoot(): Uint8Array {
  return archiveOf([
    directory("usr/bin/"),
    link("bin", "usr/bin"),
    file("usr/bin/dash", "shell".repeat(5000), { mode: 0o755 }),
    link("usr/bin/sh", "dash"),
    file("usr/bin/su", "su", { mode: 0o4755 }),
    bare({ path: "usr/bin/su2", type: "hardlink", linkname: "usr/bin/su", mode: 0o4755 }),
    file("usr/bin/wall", "wall", { mode: 0o2755 }),
    file("usr/bin/ping", "ping", { mode: 0o755, xattrs: CAPABILITY }),
    directory("tmp/", 0o1777),
    directory("srv/open/", 0o777),
    file("srv/open/file", "x".repeat(100_000), { mode: 0o666 }),
    directory("var/lib/dpkg/"),
    file("var/lib/dpkg/status", status()),
    directory("etc/"),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/usr/sbin/nologin\n"),
  ]);
}

/** Two Dockerfiles in one folder, and a home. */
function scene(t: TestContext) {
  const root = temporaryDirectory(t);
  const at = (name: string): string => join(root, name);
  mkdirSync(at("app"));
  writeFileSync(at("app/root.tar"), fatRoot());
  writeFileSync(at("app/main"), "main");
  writeFileSync(at("app/secret"), "secret");
  writeFileSync(at("app/.dockerignore"), "secret\n");
  writeFileSync(at("app/Dockerfile.fat"), "FROM scratch\nARG PORT=80\nADD root.tar /\nCOPY . /app\nEXPOSE $PORT\n");
  writeFileSync(at("app/Dockerfile"), "FROM scratch\nCOPY main /app/main\nUSER 1000\n");
  // No test waits for a server of advisories, or depends on what it says.
  const options = { env: { DISTILL_HOME: at("home"), DISTILL_ADVISORY_MIRROR: at("feeds") }, cwd: root };
  const compare = async (...args: readonly string[]): Promise<Shown> =>
    JSON.parse((await mustDistill(["compare", "--format=json", ...args], options)).stdout) as Shown;
  return { at, options, compare, run: (...args: string[]) => mustDistill(args, options) };
}

test("two Dockerfiles are built and compared in one command, the verdict first, in 80 columns", async (t) => {
  const { options } = scene(t);
  const { status: code, stdout, stderr } = await distill(["compare", "app/Dockerfile.fat", "app"], options);
  assert.equal(code, 0, stderr);
  const [first = "", second = ""] = stdout.split("\n");
  assert.match(first, /^B is \d+\.\dx smaller compressed \(\d+ B, not [\d.]+ kB\) and \d+\.\dx uncompressed\.$/);
  assert.match(second, /^B has no shell, network tool, setuid file, setgid file/);
  assert.match(stdout, /^vulnerabilities +A is unassessed: .+$/m);
  assert.match(stdout, /B is unassessed: no package was identified$/m);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(stderr, /COPY main \/app\/main/, "progress goes to stderr");
  const again = await distill(["compare", "app/Dockerfile.fat", "app"], options);
  assert.equal(again.stdout, stdout);
});

test("a Dockerfile's folder is its context, whose .dockerignore is obeyed; build arguments reach it", async (t) => {
  const { compare } = scene(t);
  const { version, b, difference } = await compare("app", "app/Dockerfile.fat", "--build-arg", "PORT=8080");
  assert.equal(version, 1);
  assert.deepEqual(b.surface.ports, ["8080/tcp"]);
  assert.equal(b.layers[1]?.step, "COPY . /app # buildkit");
  // Of what ADD and COPY bring, without what is ignored.
  assert.equal(difference.files.unchanged, 1);
  assert.equal(b.vulnerabilities.status, "unassessed");
});

describe("of an image in an OCI layout", () => {
  const skip =
    process.getuid?.() === 0 ? unlessTools("dpkg-query", "find", "getcap", "skopeo", "tar", "du") : "needs root";

  test("dpkg-query, find, getcap, du and skopeo say the same", { skip }, async (t) => {
    const { at, compare, run } = scene(t);
    await run("build", "-f", "app/Dockerfile.fat", "app", "-t", "fat", "-o", "oci:layout");
    const { a } = await compare("fat", "app");
    await run("export", "fat", "-o", "root.tar");
    mkdirSync(at("root"));
    execFileSync("tar", ["--xattrs", "--xattrs-include=*", "-xpf", at("root.tar"), "-C", at("root")]);
    const output = (program: string, ...args: readonly string[]): readonly string[] =>
      execFileSync(program, args, { encoding: "utf8", cwd: at("root") })
        .split("\n")
        .filter(Boolean)
        .sort();

    const format = `\${db:Status-Status} \${Package} \${Version} \${Architecture}\n`;
    const listed = output("dpkg-query", `--admindir=${at("root/var/lib/dpkg")}`, "-W", "-f", format);
    const there = listed.filter((line) => !/^(?:not-installed|config-files) /.test(line));
    assert.ok(there.length > 0);
    assert.deepEqual(
      a.packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`).sort(),
      there.map((line) => line.slice(line.indexOf(" ") + 1)).sort(),
    );

    const found = (...tests: readonly string[]) => output("find", ".", ...tests).map((path) => path.slice(1));
    assert.deepEqual(a.surface.setuid, found("-type", "f", "-perm", "-4000"));
    assert.deepEqual(a.surface.setgid, found("-type", "f", "-perm", "-2000"));
    const open = ["-perm", "-0002", "!", "-type", "l", "!", "(", "-type", "d", "-perm", "-1000", ")"];
    assert.deepEqual(a.surface.worldWritable, found(...open));
    assert.equal(a.files.count, found("!", "-type", "d").length);
    const [bytes] = output("du", "--apparent-size", "--block-size=1", "-s", ".");
    const directories = output("find", ".", "-type", "d", "-printf", "%s\n").map(Number);
    const links = output("find", ".", "-type", "l", "-printf", "%s\n").map(Number);
    const rest = [...directories, ...links].reduce((sum, size) => sum + size, 0);
    assert.equal(a.files.bytes, Number(bytes?.split("\t")[0]) - rest);

    const capabilities = a.surface.capabilities.map(({ path, capabilities: text }) => `.${path} ${text}`);
    assert.deepEqual(capabilities, output("getcap", "-r", "."));

    const raw = execFileSync("skopeo", ["inspect", "--raw", `oci:${at("layout")}`], { encoding: "utf8" });
    const { layers } = JSON.parse(raw) as { readonly layers: readonly { readonly size: number; digest: string }[] };
    const unpacked = (digest: string): number =>
      gunzipSync(readFileSync(at(`layout/blobs/sha256/${digest.slice(7)}`))).length;
    assert.deepEqual(
      a.layers.map(({ compressed, uncompressed }) => [compressed, uncompressed]),
      layers.map(({ size, digest }) => [size, unpacked(digest)]),
    );
  });

  test("one whose layers skopeo has unpacked is compared by what gzip makes of them", { skip }, async (t) => {
    const { at, compare, run } = scene(t);
    await run("build", "-f", "app/Dockerfile.fat", "app", "-t", "fat", "-o", "oci:layout");
    execFileSync("skopeo", ["copy", "-q", `oci:${at("layout")}`, `docker-archive:${at("docker.tar")}:fat:latest`]);
    const { a, b, verdict } = await compare("fat", "docker-archive:docker.tar");
    assert.deepEqual([a.compressedHere, b.compressedHere], [false, true]);
    assert.deepEqual(b.layers, a.layers);
    assert.match(verdict[0] ?? "", /^A and B are the same image/);
  });
});

test("an image is the same from the store and through every transport that files have", async (t) => {
  const { compare, run } = scene(t);
  await run("build", "-f", "app/Dockerfile.fat", "app", "-t", "fat");
  for (const transport of ["oci:layout", "oci-archive:oci.tar", "docker-archive:docker.tar"]) {
    await run("copy", "fat", transport);
    const { a, b, verdict, difference } = await compare("fat", transport);
    const { name: _, ...other } = b as Facts & { readonly name: string };
    const { name: __, ...stored } = a as Facts & { readonly name: string };
    assert.deepEqual(other, stored, transport);
    assert.match(verdict[0] ?? "", /^A and B are the same image/);
    assert.deepEqual([difference.files.changed.count, difference.files.added.count], [0, 0]);
  }
});

test("markdown is the same result, and --quiet leaves stderr empty", async (t) => {
  const { options } = scene(t);
  const { stdout, stderr } = await mustDistill(
    ["compare", "-q", "--format=markdown", "app/Dockerfile.fat", "app"],
    options,
  );
  assert.match(stdout, /^\*\*B is [\d.]+x smaller compressed/);
  assert.match(stdout, /^\| shells \| 1 \| 0 \| -1 \|$/m);
  assert.equal(stderr, "");
});

test("what is nowhere, no image, or only in a registry ends in words that say so", async (t) => {
  const { at, options } = scene(t);
  copyFileSync(at("app/root.tar"), at("root.tar"));
  const failing = async (...args: readonly string[]) => {
    const { status: code, stdout, stderr } = await distill(["compare", ...args], options);
    assert.equal(stdout, "");
    return [code, stderr] as const;
  };
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["./missing", "app"], 2, /there is no \.\/missing/],
    [["root.tar", "app"], 2, /docker-archive:root\.tar or oci-archive:root\.tar/],
    [["app", "docker-archive:root.tar"], 2, /distill: .*root\.tar/],
    [["app", "registry.invalid/x", "--offline"], 4, /registry\.invalid\/x is not in the store, and --offline/],
    [["app"], 2, /missing required argument 'b'/],
    [["app", "app", "--platform", "linux/amd64,linux/arm64"], 2, /platform/],
  ];
  for (const [args, code, message] of cases) {
    const [status_, stderr] = await failing(...args);
    assert.equal(status_, code, stderr);
    assert.match(stderr, message);
  }
});

test("nothing is written beside what is compared, and the store is whole afterwards", async (t) => {
  const { at, compare, run } = scene(t);
  const before = execFileSync("find", [at("app")], { encoding: "utf8" });
  await compare("app/Dockerfile.fat", "app");
  assert.equal(execFileSync("find", [at("app")], { encoding: "utf8" }), before);
  assert.equal((await run("images", "-q")).stdout, "", "what was built has no name");
  await run("verify");
});

describe("known vulnerabilities", () => {
  const record = (name: string, version: string): string =>
    `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\nArchitecture: amd64\nMaintainer: x\nDescription: x\n`;
  const RELEASE = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n';
  const state = (status: "open" | "resolved", fixed?: string) => ({
    releases: {
      trixie: {
        status,
        urgency: "not yet assigned",
        repositories: { trixie: "1" },
        ...(fixed && { fixed_version: fixed }),
      },
    },
  });

  /** A whole system, a distroless one, one of which nothing is known; and what Debian's tracker says, in a mirror. */
  function debianScene(t: TestContext) {
    const { at, options, compare } = scene(t);
    const image = (name: string, ...entries: readonly Entry[]): void => {
      mkdirSync(at(name));
      writeFileSync(at(`${name}/root.tar`), archiveOf([file("etc/os-release", RELEASE), ...entries]));
      writeFileSync(at(`${name}/Dockerfile`), "FROM scratch\nADD root.tar /\n");
    };
    const records = [record("openssl", "3.5.1-1"), record("perl", "5.40.1-6"), record("zlib", "1.3-1")];
    image("fat", file("var/lib/dpkg/status", records.join("\n")));
    image("small", file("var/lib/dpkg/status.d/zlib", record("zlib", "1.3-2")));
    image("blind", file("usr/bin/app", "app"));
    mkdirSync(at("feeds/security-tracker.debian.org/tracker/data"), { recursive: true });
    const tracker = {
      openssl: { "CVE-2026-1": state("resolved", "3.5.1-1+deb13u1"), "CVE-2026-2": state("resolved", "3.5.0-1") },
      perl: { "CVE-2026-3": state("open") },
      zlib: {
        "CVE-2026-4": state("open"),
        "CVE-2026-5": state("resolved", "1.3-2"),
        "CVE-2026-6": state("resolved", "0"),
      },
    };
    writeFileSync(at("feeds/security-tracker.debian.org/tracker/data/json"), JSON.stringify(tracker));
    return { at, compare, distill: (...args: readonly string[]) => distill(["compare", ...args], options) };
  }

  test("of both sides are known in full where the tracker can be had, and afterwards without it", async (t) => {
    const { compare } = debianScene(t);
    for (const more of [[], ["--offline"]]) {
      const { a, b, difference, verdict } = await compare("fat", "small", ...more);
      const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).sort();
      assert.deepEqual([a.vulnerabilities.level, b.vulnerabilities.level], ["full", "full"]);
      assert.deepEqual(b.vulnerabilities.packages, { full: 1, fixesOnly: 0, none: 0 });
      assert.deepEqual(ids(a.vulnerabilities.findings ?? []), ["CVE-2026-1", "CVE-2026-3", "CVE-2026-4", "CVE-2026-5"]);
      assert.deepEqual(ids(difference.vulnerabilities.gone), ["CVE-2026-1", "CVE-2026-3", "CVE-2026-5"]);
      assert.deepEqual(ids(difference.vulnerabilities.kept), ["CVE-2026-4"]);
      assert.deepEqual(difference.vulnerabilities.obstacles, []);
      assert.equal(
        verdict[1],
        "B has 1 known vulnerability in 1 package, A has 4 known vulnerabilities in 3 packages.",
      );
    }
  });

  test("fail the comparison where a condition says so, with the numbers on stderr and the result as it is", async (t) => {
    const { distill: compared } = debianScene(t);
    const fine = await compared("-q", "fat", "small", "--fail-if", "cves > +0, size.compressed > +5%, unassessed > 0");
    assert.deepEqual([fine.status, fine.stderr], [0, ""]);
    const worse = await compared("-q", "small", "fat", "--fail-if", "cves > +0", "--fail-if", "packages > 10");
    assert.equal(worse.status, 1);
    assert.equal(worse.stderr, 'distill: "cves > +0" is met: B has 4 (known vulnerabilities), A 1, which is +300%\n');
    assert.match(worse.stdout, /^known vulnerabilities +1 +4 +\+3$/m);
    const mistaken = await compared("missing", "fat", "--fail-if", "cve > 0");
    assert.deepEqual([mistaken.status, mistaken.stdout], [2, ""]);
    assert.match(mistaken.stderr, /--fail-if:1:1: there is no quantity "cve"[\s\S]*did you mean cves\?/);
  });

  test("are never none where nobody could look", async (t) => {
    const { distill: compared } = debianScene(t);
    const blind = await compared("-q", "fat", "blind", "--fail-if", "cves.critical > 0");
    assert.equal(blind.status, 1);
    assert.match(
      blind.stderr,
      /"cves\.critical > 0" cannot be answered, which counts as met: B is unassessed: no package/,
    );
    assert.match(blind.stdout, /^known vulnerabilities +4 +unassessed$/m);
    assert.match(blind.stdout, /^FLAWS OF A OF WHICH B'S DATA CANNOT SAY \(4\)$/m);
    const unwanted = await compared("-q", "--no-scan", "fat", "small");
    assert.match(unwanted.stdout, /^vulnerabilities +unassessed: not scanned \(--no-scan\)$/m);
    assert.equal((await compared("--no-scan", "fat", "small", "--fail-if", "cves > 0")).status, 2);
  });
});
