import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Archives, openArchives } from "../../src/debian/archive/archive.ts";
import { debianSources } from "../../src/debian/archive/sources.ts";
import { openUnpackPool, unpackPackage } from "../../src/debian/deb/deb.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { unlessMirror } from "../support/mirror.ts";
import { unlessTools } from "../support/tools.ts";

const NAMES = ["libc6", "base-files", "tzdata", "ca-certificates", "libssl3t64", "zlib1g", "python3.13-minimal"];

const skip = await unlessMirror();

describe("Debian's archive", { skip }, () => {
  let cacheDirectory: string;

  before(async () => {
    cacheDirectory = await mkdtemp(join(tmpdir(), "distill-e2e-"));
  });

  after(async () => {
    await closeHttp();
    await rm(cacheDirectory, { recursive: true });
  });

  const open = async (suite: string, offline = false): Promise<Archives> =>
    openArchives({ sources: await debianSources({ suite }), architecture: "amd64", cacheDirectory, offline });

  for (const suite of ["trixie", "bookworm"]) {
    it(`verifies ${suite}, its updates and its security updates with the pinned keys`, async () => {
      const archives = await open(suite);
      assert.deepEqual(
        archives.releases.map(({ release }) => release.codename),
        [suite, `${suite}-updates`, `${suite}-security`],
      );
      assert.ok([...(await archives.index()).names()].length > 50_000);
      assert.ok((await archives.index()).versions("libc6").length > 0);
    });
  }

  it("opens again without the network", async () => {
    const archives = await open("trixie", true);
    assert.ok((await archives.index()).versions("libc6").length > 0);
  });

  it("has packages that dpkg-deb reads as we do", { skip: unlessTools("dpkg-deb") }, async () => {
    const archives = await open("trixie");
    const index = await archives.index();
    const packages = NAMES.flatMap((name) => index.versions(name).slice(0, 1));
    assert.equal(packages.length, NAMES.length);
    const pool = openUnpackPool();
    try {
      const paths = archives.fetchDebs(packages);
      await Promise.all(
        packages.map(async (each, index) => {
          const path = (await paths[index]) ?? "";
          const dataTar = join(cacheDirectory, `${each.name}.tar`);
          const unpacked = await unpackPackage({ archives, pool, package: each, path, dataTar });
          assert.match(
            Buffer.from(unpacked.control).toString(),
            new RegExp(`^Package: ${each.name.replaceAll(".", "\\.")}$`, "m"),
          );
          const theirs = spawnSync("dpkg-deb", ["--fsys-tarfile", path], { maxBuffer: 2 ** 30 });
          assert.equal(digestOf(await readFile(dataTar)), digestOf(theirs.stdout));
          const scripts = spawnSync("dpkg-deb", ["--info", path], { encoding: "utf8" }).stdout;
          for (const script of unpacked.scripts) assert.match(scripts, new RegExp(` ${script}\\b`));
        }),
      );
    } finally {
      await pool.close();
    }
  });
});
