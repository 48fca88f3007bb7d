import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "../../src/lib/digest.ts";
import { makeDeb, type TestPackage } from "../support/deb-writer.ts";
import { NEWER_DEMO, OLD, printedDigest, stage, suiteWith, versionIn } from "../support/lock-stage.ts";
import { smallSuite } from "../support/small-archive.ts";

const FURTHER_DEMO: TestPackage = { name: "demo-tool", fields: { Depends: "demo" }, files: { "/usr/bin/tool": "t\n" } };

describe("a lock", () => {
  it("is written by the first build and obeyed afterwards: nothing but packages is asked for", async (test) => {
    const { archive, scene, app, lock } = await stage(test);
    const first = await scene.must(["build", app]);
    assert.match(first.stderr, /^Wrote .*distill\.lock/m);
    const text = readFileSync(lock, "utf8");
    await archive.publish(suiteWith(NEWER_DEMO));
    const asked = scene.server.requests.length;

    const warm = await scene.must(["build", app]);
    assert.equal(printedDigest(warm), printedDigest(first));
    assert.doesNotMatch(warm.stderr, /Unpacking/, "what the first build composed is known");
    rmSync(join(scene.home, "store"), { recursive: true });
    assert.equal(printedDigest(await scene.must(["build", app])), printedDigest(first));
    assert.equal(scene.server.requests.length, asked, "the cache has all of it");

    rmSync(scene.home, { recursive: true });
    assert.equal(printedDigest(await scene.must(["build", app, "--locked"])), printedDigest(first));
    const paths = scene.server.requests.slice(asked).map(({ path }) => path);
    assert.equal(paths.length, 10);
    assert.ok(
      paths.every((path) => path.endsWith(".deb")),
      paths.join(" "),
    );
    assert.equal(readFileSync(lock, "utf8"), text);
  });

  it("is no part of the image, wherever it lies in the context", async (test) => {
    const { scene, app } = await stage(test);
    writeFileSync(join(app, "all.yaml"), "base: static\ncopy: [{ from: ., to: /all }]\n");
    const build = ["build", app, "-f", join(app, "all.yaml")];
    const first = await scene.must(build);
    assert.ok(existsSync(join(app, "all.lock")));
    assert.equal(printedDigest(await scene.must(build)), printedDigest(first));
    mkdirSync(join(app, "locks"));
    const named = [...build, "--lock", join(app, "locks/my.lock")];
    rmSync(join(app, "all.lock"));
    const other = printedDigest(await scene.must(named));
    assert.equal(printedDigest(await scene.must(named)), other);
  });

  it("that does not fit is made anew with the locked versions, and what changed is told", async (test) => {
    const { archive, scene, app, lock } = await stage(test);
    await scene.must(["build", app]);
    const both = suiteWith(NEWER_DEMO, FURTHER_DEMO);
    const old = smallSuite().packages?.find(({ name }) => name === "demo") as TestPackage;
    await archive.publish({ ...both, packages: [...(both.packages ?? []), old] });
    const yaml = join(app, "distill.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace("extra-1", "demo-tool"));

    const refused = await scene.run(["build", app, "--locked"]);
    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, /new among packages: demo-tool; no longer among packages: extra-1, and --locked/);

    const { stderr } = await scene.must(["build", app, "--refresh"]);
    assert.match(stderr, /distill\.lock does not fit any more \(new among packages: demo-tool; no longer/);
    assert.match(stderr, /distill\.lock, linux\/amd64: 1 package new, 1 gone$/m);
    assert.match(stderr, /^ {2}demo-tool 1\.0-1 \(new, [\d.]+ k?B\)$/m);
    assert.match(stderr, /^ {2}extra-1 1\.0-1 \(gone, [\d.]+ kB\)$/m);
    assert.equal(versionIn(lock, "demo"), "1.0-1", "the locked version is still to be had");
    assert.match((await scene.must(["build", app])).stderr, /packages are those of/);
  });

  it("is moved by --update, which tells versions, sizes and what the changelog says was fixed", async (test) => {
    const { archive, scene, app, lock } = await stage(test);
    const first = printedDigest(await scene.must(["build", app]));
    assert.match((await scene.must(["build", app, "--update"])).stderr, /the packages are the same as before$/m);
    await archive.publish(suiteWith(NEWER_DEMO));
    const run = await scene.must(["build", app, "--update", "--format", "json"]);
    const { digest, lock: told } = JSON.parse(run.stdout);
    assert.notEqual(digest, first);
    assert.match(run.stderr, /linux\/amd64: 1 package newer$/m);
    assert.match(run.stderr, /^ {2}demo 1\.0-1 -> 2\.0-1 \(-[\d.]+ kB\)$/m);
    assert.match(run.stderr, /^ {2}demo 1\.0-1 -> 2\.0-1 \(security\): fixes CVE-2026-1234; closes #900001, #900002$/m);
    assert.equal(told.state, "renewed");
    assert.equal(told.changes.length, 1);
    assert.deepEqual(told.fixes, [
      { source: "demo", from: "1.0-1", to: "2.0-1", cves: ["CVE-2026-1234"], closes: [900001, 900002], security: true },
    ]);
    assert.equal(versionIn(lock, "demo"), "2.0-1");
    assert.equal(printedDigest(await scene.must(["build", app, "--locked"])), digest);
  });

  it("holds .debs that the user has and packages of settings, too", async (test) => {
    const { scene, app, lock } = await stage(test);
    const own = makeDeb({ name: "own", version: "3", fields: { Depends: "demo" }, files: { "/usr/share/own": "1\n" } });
    writeFileSync(join(app, "own.deb"), own);
    const digest = digestOf(own);
    const yaml = join(app, "distill.yaml");
    writeFileSync(yaml, `base: static\ndebs: [{ path: own.deb, digest: "${digest}" }]\n`);
    const first = printedDigest(await scene.must(["build", app]));
    assert.match(readFileSync(lock, "utf8"), /^ +"local": null$/m);
    assert.match((await scene.must(["build", app])).stderr, /packages are those of/);
    rmSync(join(scene.home, "store"), { recursive: true });
    assert.equal(printedDigest(await scene.must(["build", app, "--locked", "--offline"])), first);
    writeFileSync(join(app, "own.deb"), makeDeb({ name: "own", version: "4" }));
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace(digest, digestOf(readFileSync(join(app, "own.deb")))));
    const { stderr } = await scene.must(["build", app]);
    assert.match(stderr, /new among debs: sha256:.*; no longer among debs: sha256:/);
    assert.match(stderr, /^ {2}own 3 -> 4 /m);
  });

  it("tells what was fixed also where nothing has to be unpacked any more", async (test) => {
    const { archive, scene, app, lock } = await stage(test);
    await scene.must(["build", app]);
    const old = readFileSync(lock);
    await archive.publish(suiteWith(NEWER_DEMO));
    await scene.must(["build", app, "--update"]);
    writeFileSync(lock, old);
    const again = await scene.must(["build", app, "--update"]);
    assert.match(again.stderr, /fixes CVE-2026-1234/);
    assert.match(again.stderr, /Unpacking 1 packages/);
  });

  it("and the cache are enough offline; what is missing is named", async (test) => {
    const { scene, app, lock } = await stage(test);
    const first = printedDigest(await scene.must(["build", app]));
    rmSync(join(scene.home, "store"), { recursive: true });
    rmSync(join(scene.home, "cache/releases"), { recursive: true });
    rmSync(join(scene.home, "cache/indexes"), { recursive: true });
    assert.equal(printedDigest(await scene.must(["build", app, "--offline"])), first);
    rmSync(join(scene.home, "store"), { recursive: true });
    rmSync(scene.cachedDeb("demo-common"));
    await scene.refuses(["build", app, "--offline"], { status: 4, code: "OFFLINE", says: ["demo-common 1.0-1"] });
    rmSync(lock);
    await scene.refuses(["build", app, "--offline"], { status: 4, code: "OFFLINE", says: ["InRelease"] });
  });

  it("takes packages that the mirror has no longer from the snapshot archive", async (test) => {
    const { archive, scene, app } = await stage(test);
    const first = printedDigest(await scene.must(["build", app]));
    rmSync(scene.home, { recursive: true });
    const time = (hours: number): string =>
      new Date(OLD.getTime() + hours * 3600_000).toISOString().replace(/[-:]|\.\d+/g, "");
    const kept = archive.deb({ name: "demo" });
    const aside = join(archive.directory, "snapshot/debian", time(0), kept.slice(kept.indexOf("pool/")));
    mkdirSync(join(aside, ".."), { recursive: true });
    renameSync(kept, aside);

    const gone = { status: 4, code: "NETWORK", says: [/demo_1\.0-1_amd64\.deb answers 404/, "--update"] };
    await scene.refuses(["build", app], { ...gone, says: gone.says.slice(0, 1) });
    const env = { DISTILL_DEBIAN_SNAPSHOT: `${scene.server.url}/snapshot` };
    const run = await scene.must(["build", app], { env });
    assert.equal(printedDigest(run), first);
    assert.match(run.stderr, /^No longer at the mirror, fetched from the snapshot archive: demo 1\.0-1$/m);
    const asked = scene.server.asked("/snapshot/");
    assert.deepEqual(
      asked.map((path) => path.split("/")[3]),
      [time(12), time(0)],
    );

    rmSync(scene.home, { recursive: true });
    rmSync(aside);
    await scene.refuses(["build", app], { ...gone, says: [...gone.says, `${scene.server.url}/snapshot/`] }, { env });
  });
});
