import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { mustDistill } from "../support/cli.ts";
import { unlessTools } from "../support/tools.ts";

const SYSTEM = ["base-files", "bash", "apt", "libc6"];
const isRoot = process.getuid?.() === 0;

describe("debian as the base of build stages, composed from Debian's archive", () => {
  const home = mkdtempSync(join(tmpdir(), "distill-system-"));
  const env = { DISTILL_HOME: join(home, "home") };
  after(() => rmSync(home, { recursive: true, force: true }));

  const context = (name: string, dockerfile: string): string => {
    const directory = join(home, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    return directory;
  };

  /** The root file system of an image as a directory. */
  const rootOf = async (from: string, name: string): Promise<string> => {
    const archive = join(home, `${name}.tar`);
    await mustDistill(["build", context(name, `FROM ${from}\n`), "--compose", "-o", `type=tar,dest=${archive}`], {
      env,
    });
    const root = join(home, `${name}-root`);
    mkdirSync(root);
    execFileSync("tar", ["-C", root, "-xpf", archive]);
    return root;
  };

  it("is a Debian that dpkg finds whole, that apt installs into, and whose lists and packages stay", async () => {
    const checks = [
      'test -z "$(dpkg --audit)"',
      'test -z "$(dpkg --verify)"',
      "grep -q '^VERSION_CODENAME=trixie$' /etc/os-release",
      "apt-get update",
      "apt-get install -y --no-install-recommends hello",
      "hello",
      'test -z "$(dpkg --audit)"',
      "ls /var/lib/apt/lists/*_dists_trixie_InRelease /var/cache/apt/archives/hello_*.deb",
      "getent passwd _apt root nobody",
    ];
    const directory = context("apt", `FROM debian:trixie\nRUN ${checks.join(" && ")}\n`);
    const { stderr } = await mustDistill(["build", directory, "--compose", "-t", "apt", "--progress", "plain"], {
      env,
    });
    assert.match(stderr, /Hello, world!/);
    assert.match(stderr, /debian:trixie is composed from Debian trixie, not pulled/);
  });

  it("is the same bytes from its lock in another home, offline, under another umask and another executor", async () => {
    const directory = context("same", "FROM debian:trixie-slim\n");
    const lock = join(directory, "distill.lock");
    const build = ["build", directory, "--compose", "-o", `oci:${join(home, "same-oci")}:x`, "--lock", lock];
    const first = await mustDistill(build, { env });
    assert.match(first.stdout, /sha256:[0-9a-f]{64}/);
    assert.match(readFileSync(lock, "utf8"), /"linux\/amd64 debian:trixie-slim"[\s\S]*"name":"apt"/);
    const again = await mustDistill([...build, "--locked"], { env });
    assert.equal(again.stdout, first.stdout);
    assert.ok(!again.stderr.includes("layer debian"), "the second comes from the store");
    const other = join(home, "other");
    cpSync(join(home, "home/cache"), join(other, "cache"), { recursive: true });
    const elsewhere = await mustDistill([...build, "--locked", "--offline"], {
      env: { DISTILL_HOME: other, DISTILL_EXECUTOR: "util-linux", HOME: home, TZ: "Asia/Tokyo" },
      through: ["sh", "-c", 'umask 077; exec "$@"', "sh"],
    });
    assert.equal(elsewhere.stdout, first.stdout);
  });

  it("has the files, modes and owners that mmdebstrap gives, but for what is written down here", {
    skip: unlessTools("mmdebstrap") || (isRoot ? false : "needs root"),
  }, async () => {
    const root = await rootOf("debian:trixie", "minbase");
    const oracle = join(home, "oracle");
    const archive = join(home, "oracle.tar");
    const line = (path: string, suite: string) => `deb http://deb.debian.org/${path} ${suite} main`;
    execFileSync(
      "mmdebstrap",
      [
        ...["--quiet", "--variant=minbase", "trixie", archive, line("debian", "trixie")],
        ...[line("debian", "trixie-updates"), line("debian-security", "trixie-security")],
      ],
      { stdio: "ignore" },
    );
    mkdirSync(oracle);
    execFileSync("tar", ["-C", oracle, "-xpf", archive]);
    assert.deepEqual(differences(entriesOf(oracle), entriesOf(root)), [
      ...["+ etc/apt/apt.conf.d/docker-autoremove-suggests", "+ etc/apt/apt.conf.d/docker-gzip-indexes"],
      ...["+ etc/apt/apt.conf.d/docker-no-languages", "+ etc/apt/sources.list.d/debian.sources"],
      ...["+ etc/dpkg/dpkg.cfg.d/docker-apt-speedup", "+ usr/sbin/policy-rc.d", "- etc/apt/sources.list"],
      ...["- etc/fstab", "- etc/group-", "- etc/hostname", "- etc/passwd-", "- etc/resolv.conf"],
      ...["- var/cache/apt/archives/lock", "- var/cache/debconf/config.dat-old"],
      ...["- var/cache/debconf/templates.dat-old", "- var/lib/apt/extended_states", "- var/lib/apt/lists/lock"],
      ...["- var/lib/dpkg/arch", "- var/lib/dpkg/diversions-old", "- var/lib/dpkg/status-old"],
      ...["~ var/cache/apt/archives/partial", "~ var/lib/apt/lists/partial"],
    ]);
    for (const path of ["var/lib/dpkg/status", "var/cache/debconf/config.dat", "etc/passwd", "etc/ld.so.cache"]) {
      assert.deepEqual(readFileSync(join(root, path)), readFileSync(join(oracle, path)), path);
    }
    const status = readFileSync(join(root, "var/lib/dpkg/status"), "utf8");
    for (const name of SYSTEM) assert.match(status, new RegExp(`^Package: ${name}\n`, "m"));
  });
});

/** Type, mode, owner, target and size by path, without /dev. */
function entriesOf(root: string): ReadonlyMap<string, string> {
  const text = execFileSync("find", [".", "-not", "-path", "./dev/*", "-printf", "%P\\t%y %m %U:%G %l %s\\n"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const entries = text.split("\n").flatMap((line): readonly (readonly [string, string])[] => {
    const [path = "", facts = ""] = line.split("\t");
    // Days on which passwords were set are left out, so the file is shorter.
    const shown = facts.startsWith("d") || path === "etc/shadow" ? facts.replace(/ \d+$/, "") : facts;
    return path === "" ? [] : [[path, shown]];
  });
  return new Map(entries);
}

/** `+` is only in `found`, `-` only in `expected`, `~` is otherwise. */
function differences(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): readonly string[] {
  const paths = new Set([...expected.keys(), ...found.keys()]);
  return [...paths]
    .flatMap((path) => {
      const [before, now] = [expected.get(path), found.get(path)];
      if (before === now) return [];
      return [`${before === undefined ? "+" : now === undefined ? "-" : "~"} ${path}`];
    })
    .sort();
}
