import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { flipByte, makeTestKey, TestArchive, type TestSuite } from "../support/archive.ts";
import { Scene } from "../support/scene.ts";
import { removeApp, smallSuite, writeApp } from "../support/small-archive.ts";

/** What goes wrong is told by the program itself, as a user meets it: see Scene.refuses for what holds for each failure. */

const DAY = 24 * 60 * 60 * 1000;

let archive: TestArchive;
let app: string;

before(async () => {
  archive = await TestArchive.create([smallSuite()]);
  app = await writeApp();
});

after(async () => {
  await archive.remove();
  await removeApp(app);
});

/** A scene with an archive of its own that has only this suite. */
async function sceneOf(test: TestContext, suite: TestSuite): Promise<{ scene: Scene; own: TestArchive }> {
  const own = await TestArchive.create([suite]);
  test.after(() => own.remove());
  return { scene: await Scene.open(test, own), own };
}

describe("what a user got wrong", { concurrency: 2 }, () => {
  it("an unknown package: near names", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.refuses(["compose", "static", "-p", "netbas", "-t", "x"], {
      status: 2,
      code: "UNKNOWN_PACKAGE",
      says: ['no package "netbas"', "did you mean netbase"],
    });
  });

  it("a version that the archive does not have: the ones that it has", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.refuses(["compose", "static", "-p", "demo=2.0"], {
      status: 2,
      code: "UNSATISFIABLE",
      says: ["demo (= 2.0)", "demo 1.0-1"],
    });
    await scene.refuses(["compose", "static", "-p", "two words"], {
      status: 2,
      code: "FORMAT_INVALID",
      says: ['"two words"', "NAME=VERSION"],
    });
  });

  it("an unknown base: those that there are", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.refuses(["compose", "statik", "-t", "x"], {
      status: 2,
      code: "CONFIG_INVALID",
      says: ['"statik"', "static, ", "base, ", "python3, ", "distill bases"],
    });
    assert.deepEqual(scene.server.requests, []);
  });

  it("a bad distill.yaml: file, line, column, the line itself and what is allowed, for each mistake", async (test) => {
    const scene = await Scene.open(test, archive);
    const file = join(app, "wrong.yaml");
    writeFileSync(file, "base: statik\npackages: [demo]\nport: 80\n");
    await scene.refuses(["build", app, "-f", "wrong.yaml", "-t", "x"], badYaml(/^distill: wrong\.yaml:1:7: /m), {
      cwd: app,
    });
    await scene.refuses(["build", app, "-f", file], badYaml(`distill: ${file}:1:7: `));
    writeFileSync(file, "base: static\npackages: [demo\ncmd: x\n");
    await scene.refuses(["build", app, "-f", file], {
      status: 2,
      code: "CONFIG_INVALID",
      says: [/wrong\.yaml:\d:\d+: /, "3 | cmd: x"],
    });
    rmSync(file);
    await scene.refuses(["build", app, "-f", file], {
      status: 2,
      code: "NO_SUCH_PATH",
      says: [file, "directory that the command is run in"],
    });
    await scene.refuses(["compose", file], { status: 2, code: "NO_SUCH_PATH", says: [`${file} does not exist`] });
    await scene.refuses(["compose", "static", "demo"], { status: 2, code: "USAGE", says: ["too many", "-p NAME"] });
    assert.deepEqual(scene.server.requests, []);
  });

  it("a directory without a description, or that is none", async (test) => {
    const scene = await Scene.open(test, archive);
    const refusal = { status: 2, code: "NO_SUCH_PATH" };
    await scene.refuses(["build", join(app, "app")], { ...refusal, says: [join(app, "app"), "distill.yaml"] });
    await scene.refuses(["build", join(app, "none")], { ...refusal, says: [`${join(app, "none")} does not exist`] });
    const file = { status: 2, code: "FORMAT_INVALID", says: ["README is a file and no tar archive", "-f"] };
    await scene.refuses(["build", join(app, "README")], file);
  });

  it("an output that cannot be written: before any work is done", async (test) => {
    const scene = await Scene.open(test, archive);
    const outside = join(scene.home, "..");
    const compose = (output: string, ...more: string[]) => ["compose", "static", "-t", "x", "-o", output, ...more];
    await scene.refuses(compose(`oci-archive:${outside}/none/x.tar`), {
      status: 2,
      code: "NO_SUCH_PATH",
      says: [`${outside}/none/x.tar`, `mkdir -p ${outside}/none`],
    });
    await scene.refuses(compose(`docker-archive:${app}/README/x.tar`), {
      status: 2,
      code: "NO_SUCH_PATH",
      says: [`${app}/README/x.tar cannot be written: ${app}/README is a file`],
    });
    await scene.refuses(compose(`docker-archive:${app}`), {
      status: 2,
      code: "USAGE",
      says: [`${app} is a directory`],
    });
    await scene.refuses(compose(`oci:${app}/README`), { status: 2, code: "USAGE", says: [`${app}/README is not a`] });
    await scene.refuses(compose(`oci:${scene.directory}/image`, "--iidfile", `${outside}/none/id`), {
      status: 2,
      code: "NO_SUCH_PATH",
      says: [`${outside}/none/id`],
    });
    assert.deepEqual(scene.server.requests, []);
  });

  it("a home that cannot be made", async (test) => {
    const scene = await Scene.open(test, archive);
    const env = { DISTILL_HOME: join(app, "README") };
    await scene.refuses(["images"], { status: 3, code: "IO", says: [`${app}/README`, "not a directory"] }, { env });
    // There mkdir says that the directory above does not exist, though it does.
    const proc = { DISTILL_HOME: "/proc/distill" };
    await scene.refuses(["images"], { status: 3, code: "IO", says: ["/proc/distill"] }, { env: proc });
  });

  it("a result that nobody reads is no failure, and one that is lost on its way into a file is", async (test) => {
    const scene = await Scene.open(test, archive);
    const reader = ["sh", "-c", '{ "$@"; echo "status $?" >&2; } | true', "sh"];
    for (const args of [["--help"], ["images"], ["compose", "static", "-t", "x"]]) {
      const { stderr } = await scene.must(args, { through: reader });
      assert.match(stderr, /^status 0$/m);
      assert.doesNotMatch(stderr, /EPIPE|^ +at /m);
    }
    const full = await scene.run(["images"], { through: ["sh", "-c", '"$@" > /dev/full', "sh"] });
    assert.equal(full.status, 3);
    assert.match(full.stderr, /^distill: no space left while writing the standard output\n/);
  });

  function badYaml(place: string | RegExp): Parameters<Scene["refuses"]>[1] {
    const says = [
      place,
      "1 | base: statik",
      "one of static, base-nossl, base, cc",
      /wrong\.yaml:3:1: port: /,
      "did you mean ports?",
    ];
    return { status: 2, code: "CONFIG_INVALID", says };
  }
});

describe("a mirror that fails", { concurrency: 2 }, () => {
  const refused = (code: string, ...says: (string | RegExp)[]) => ({ status: 4, code, says });
  const compose = ["compose", "static", "-t", "x"];

  it("cannot be reached", async (test) => {
    const scene = await Scene.open(test, archive);
    const { url } = scene.server;
    await scene.server.close();
    await scene.refuses(
      compose,
      refused("NETWORK", `${url}/debian/dists/trixie/InRelease: connection refused`, "DISTILL_DEBIAN_MIRROR"),
    );
  });

  it("has nothing at that address", async (test) => {
    const scene = await Scene.open(test, archive);
    const env = { DISTILL_DEBIAN_MIRROR: `${scene.server.url}/nothing` };
    const says = [`${scene.server.url}/nothing/dists/trixie/InRelease answers 404 Not Found`, "check the address"];
    await scene.refuses(compose, refused("NETWORK", ...says), { env });
  });

  it("is not asked offline", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.refuses(
      [...compose, "--offline"],
      refused("OFFLINE", "/debian/dists/trixie/InRelease is not in the cache", "without --offline"),
    );
    await scene.must(["compose", "static"]);
    const asked = scene.server.requests.length;
    await scene.refuses(
      [...compose, "--offline", "-p", "demo"],
      refused("OFFLINE", /not in the cache: .*demo-data 1\.0-1/),
    );
    assert.equal(scene.server.requests.length, asked);
  });

  it("signs with a key that is not trusted", async (test) => {
    const scene = await Scene.open(test, archive);
    const keyring = join(scene.home, "../keyring.asc");
    writeFileSync(keyring, (await makeTestKey()).armored);
    await scene.refuses(compose, refused("BAD_SIGNATURE", "trixie/InRelease", /key [0-9a-f]{16} is not trusted/), {
      env: { DISTILL_DEBIAN_KEYRING: keyring },
    });
    await scene.refuses(
      compose,
      { status: 3, code: "IO", says: [`${keyring}.none`, "DISTILL_DEBIAN_KEYRING"] },
      {
        env: { DISTILL_DEBIAN_KEYRING: `${keyring}.none` },
      },
    );
  });

  for (const at of [120, -120]) {
    it(`flips a byte of InRelease, in its ${at > 0 ? "text" : "signature"}`, async (test) => {
      const scene = await Scene.open(test, archive);
      scene.server.fault("trixie/InRelease", { kind: "flip", at });
      const url = `${scene.server.url}/debian/dists/trixie/InRelease`;
      // What a flipped byte makes of a signature depends on which one it is: another number, or no packet at all.
      const problem = at > 0 ? "changed after it was signed" : /changed after it was signed|it is damaged/;
      await scene.refuses(compose, refused("BAD_SIGNATURE", url, problem));
      scene.server.heal();
      await scene.must(compose);
    });
  }

  it("flips a byte of Packages", async (test) => {
    const scene = await Scene.open(test, archive);
    scene.server.fault("/dists/trixie/main/", { kind: "flip", at: 100 });
    const url = /http:\/\/\S+\/dists\/trixie\/main\/binary-amd64\/by-hash\/SHA256\/\w+ is not the file/;
    await scene.refuses(compose, refused("DIGEST_MISMATCH", url, /expected sha256:\w+, got sha256:/));
    scene.server.heal();
    await scene.must(compose);
  });

  it("flips a byte of a .deb", async (test) => {
    const scene = await Scene.open(test, archive);
    scene.server.fault("netbase_", { kind: "flip", at: 300 });
    const url = `${scene.server.url}/debian/pool/main/n/netbase/netbase_1.0-1_amd64.deb`;
    await scene.refuses(compose, refused("DIGEST_MISMATCH", url, /expected sha256:\w+, got sha256:/));
    assert.equal(globSync("cache/debs/*", { cwd: scene.home }).length <= 5, true);
    scene.server.heal();
    await scene.must(compose);
  });

  it("lacks a .deb", async (test) => {
    const scene = await Scene.open(test, archive);
    scene.server.fault("netbase_", { kind: "status", status: 404 });
    await scene.refuses(compose, refused("NETWORK", "netbase_1.0-1_amd64.deb answers 404 Not Found", "--refresh"));
  });

  for (const [what, part, expected] of [
    ["InRelease", "trixie/InRelease", refused("BAD_SIGNATURE", "/debian/dists/trixie/InRelease")],
    ["Packages", "/dists/trixie/main/", refused("DIGEST_MISMATCH", /by-hash\/SHA256\/\w+ is not the file/)],
    ["a .deb", "netbase_", refused("DIGEST_MISMATCH", "netbase_1.0-1_amd64.deb")],
  ] as const) {
    it(`serves half of ${what} as if it were all`, async (test) => {
      const scene = await Scene.open(test, archive);
      scene.server.fault(part, { kind: "half" });
      await scene.refuses(compose, expected);
      scene.server.heal();
      await scene.must(compose);
    });

    it(`serves a page of its own for ${what}, or an empty one`, async (test) => {
      const scene = await Scene.open(test, archive);
      for (const text of ["<html>Please log in</html>", ""]) {
        scene.server.fault(part, { kind: "page", text });
        await scene.refuses(compose, expected);
        scene.server.heal();
      }
      await scene.must(compose);
    });

    it(`sends requests for ${what} in a circle, or hangs up, or breaks off`, async (test) => {
      const scene = await Scene.open(test, archive);
      for (const [fault, says] of [
        [{ kind: "redirect", to: `/again/${part.replaceAll("/", "-")}/${part}` }, /redirect/],
        [{ kind: "hang-up" }, /connection|closed/],
        [{ kind: "cut", after: 50 }, /connection|closed|ended/],
      ] as const) {
        scene.server.fault(part, fault);
        await scene.refuses(compose, refused("NETWORK", "127.0.0.1", says));
        scene.server.heal();
      }
      await scene.must(compose);
    });
  }

  it("hands out an expired InRelease", async (test) => {
    const date = new Date(Date.now() - 10 * DAY);
    const { scene } = await sceneOf(test, smallSuite({ date, validUntil: new Date(Date.now() - DAY) }));
    const url = `${scene.server.url}/debian/dists/trixie/InRelease was valid until 20`;
    await scene.refuses(compose, refused("RELEASE_EXPIRED", url, "clock"));
  });

  it("hands out an InRelease that is older than the last one", async (test) => {
    const now = Date.now();
    const { scene, own } = await sceneOf(test, smallSuite({ date: new Date(now - DAY) }));
    const image = await scene.must(["compose", "static"]);
    await own.publish(smallSuite({ date: new Date(now - 2 * DAY) }));
    const url = `${scene.server.url}/debian/dists/trixie/InRelease is of 20`;
    await scene.refuses([...compose, "--refresh"], refused("RELEASE_ROLLED_BACK", url, "older than the one of 20"));
    assert.equal((await scene.must(["compose", "static", "--offline"])).stdout, image.stdout);
  });
});

describe("damage on this machine", { concurrency: 2 }, () => {
  it("a flipped byte of a .deb in the cache: named, fetched again; offline refused", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.must(["compose", "static", "-p", "demo"]);
    const image = await scene.must(["compose", "static", "-p", "demo-data"]);
    const deb = scene.cachedDeb("demo-data");
    await flipByte(deb, 400);
    const says = [deb, "demo-data 1.0-1", "without --offline"];
    const other = ["compose", "static", "-p", "demo-data", "-p", "demo-common", "-t", "x"];
    await scene.refuses([...other, "--offline"], { status: 3, code: "STORE_CORRUPT", says });
    const { stderr } = await scene.must(other);
    assert.ok(stderr.includes(`warning: the cached package ${deb} (demo-data 1.0-1) is damaged; fetching it again`));
    assert.deepEqual(scene.leftovers(), []);
    const again = await scene.must(["compose", "static", "-p", "demo-data", "--offline"]);
    assert.equal(again.stdout, image.stdout);
  });

  it("a flipped byte of a cached index: named, made anew; offline refused", async (test) => {
    const scene = await Scene.open(test, archive);
    await scene.must(["compose", "static"]);
    const [index = ""] = globSync("cache/indexes/*", { cwd: scene.home }).sort(
      (a, b) => readFileSync(join(scene.home, b)).length - readFileSync(join(scene.home, a)).length,
    );
    const path = join(scene.home, index);
    await flipByte(path, -40);
    const compose = ["compose", "static", "-p", "demo", "-t", "x"];
    await scene.refuses([...compose, "--offline"], { status: 3, code: "STORE_CORRUPT", says: [path] });
    const { stderr } = await scene.must(compose);
    assert.ok(stderr.includes(`warning: the cached package index ${path} is damaged; making it anew`), stderr);
  });

  it("a flipped byte of a cached InRelease: named, fetched again; offline it counts as missing", async (test) => {
    const scene = await Scene.open(test, archive);
    const image = await scene.must(["compose", "static"]);
    const path = scene.only("cache/releases/trixie-????????????????.InRelease");
    await flipByte(path, 120);
    const says = [`warning: ignoring a file of the cache: no good signature on ${path}`, "is not in the cache"];
    await scene.refuses(["compose", "static", "--offline"], { status: 4, code: "OFFLINE", says });
    const again = await scene.must(["compose", "static"]);
    assert.ok(again.stderr.includes(says[0] as string));
    assert.equal(again.stdout, image.stdout);
  });

  it("a flipped byte of a blob in the store: named by what reads it and by verify, and what the hint says helps", async (test) => {
    const scene = await Scene.open(test, archive);
    const first = `${scene.home}/../first.tar`;
    const build = ["build", app, "-t", "app:1"];
    await scene.must([...build, "-o", `oci-archive:${first}`]);
    const largest = globSync("store/blobs/sha256/*", { cwd: scene.home })
      .map((path) => join(scene.home, path))
      .filter((path) => readFileSync(path).subarray(0, 2).toString("hex") === "1f8b")
      .sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0] as string;
    await flipByte(largest, 5000);
    const digest = `sha256:${largest.slice(-64)}`;
    const output = ["-o", `oci-archive:${scene.directory}/x.tar`, "-o", `oci:${scene.directory}/layout`];
    const says = [`blob ${digest} of the store`, `delete ${largest}`];
    await scene.refuses([...build, "-t", "app:2", ...output], { status: 3, code: "STORE_CORRUPT", says });
    const verify = await scene.run(["verify"]);
    assert.equal(verify.status, 1);
    assert.match(verify.stdout, new RegExp(`^blob ${digest} .*used by app:1`, "m"));
    assert.equal(verify.stderr, "");

    rmSync(largest);
    await scene.must([...build, "-o", `oci-archive:${scene.directory}/again.tar`]);
    assert.deepEqual(readFileSync(join(scene.directory, "again.tar")), readFileSync(first));
    assert.equal((await scene.run(["verify"])).stdout, "the store is whole\n");
  });

  it("a database that is none", async (test) => {
    const scene = await Scene.open(test, archive);
    mkdirSync(join(scene.home, "store"), { recursive: true });
    const path = join(scene.home, "store/store.db");
    writeFileSync(path, "neither SQLite nor empty. ".repeat(200));
    const run = await scene.run(["images"]);
    assert.equal(run.status, 3);
    assert.match(run.stderr, /store\.db is damaged: .*\n {2}hint: .*\n {2}code: STORE_CORRUPT /);
    assert.ok(existsSync(path));
  });
});
