import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CATALOGUE,
  type CatalogueImage,
  isWorthIt,
  Kitchen,
  nameOf,
  RUNNABLE,
  TOPMOST,
  titleOf,
} from "../support/catalogue.ts";
import { compileC, compileGo } from "../support/compiled.ts";
import { Engine, type Ran, unlessEngine } from "../support/engine.ts";
import { unlessMirror } from "../support/mirror.ts";
import { PURPOSES, type Purpose, purposesOf } from "../support/purposes.ts";
import { SIZE_ROWS, sizeProblems } from "../support/size-goals.ts";
import { danglingLinks, elfFindings } from "../support/soundness.ts";
import { unlessTools } from "../support/tools.ts";

const MACHINES = {
  amd64: { machine: 62, tuple: "x86_64-linux-gnu" },
  arm64: { machine: 183, tuple: "aarch64-linux-gnu" },
} as const;

/** What Debian's packages leave dangling: /etc/localtime is there where somebody has chosen a time zone. */
const DANGLING: readonly string[] = ["usr/share/zoneinfo/localtime"];

/** Plugins whose libraries Debian's packages merely recommend, so that an image without them is whole. */
const UNLOADABLE = /\/libjsound\.so needs libasound\.so\.2$/;

/** What imports the whole standard library, by the base's name. */
const STDLIB: Readonly<Record<string, string>> = {
  python3: "import-stdlib.py",
  "python3.9": "import-stdlib.py",
  "python2.7": "import-stdlib2.py",
};

/** A base of each kind: without a C library, with one, and with an entrypoint of its own. */
const DEBUG: readonly CatalogueImage[] = ["static", "base", "python3"].map((base) => {
  return { base, suite: "trixie", architecture: "amd64", flags: ["--debug"] };
});

const RUN = RUNNABLE.filter(isWorthIt);

const fixture = (name: string): string => join(import.meta.dirname, name);

const noMirror = await unlessMirror();
const kitchen = new Kitchen();
after(() => kitchen.close());

describe("every tier of the catalogue", { skip: noMirror }, () => {
  for (const image of TOPMOST) {
    const { machine, tuple } = MACHINES[image.architecture];
    it(`${titleOf(image)} is for its machine, closed over its libraries, without links that lead nowhere`, async () => {
      const config = await kitchen.config(image);
      assert.deepEqual([config.architecture, config.os], [image.architecture, "linux"]);
      const tree = await kitchen.tree(image);
      const { count, foreign, unresolved, unloadable } = await elfFindings(tree, machine, tuple);
      assert.deepEqual({ foreign, unresolved }, { foreign: [], unresolved: [] });
      assert.deepEqual(
        unloadable.filter((each) => !UNLOADABLE.test(each)),
        [],
      );
      assert.ok(count > 5, `${count} ELF files`);
      const dangling = danglingLinks(tree).map(({ path }) => path);
      assert.deepEqual(
        dangling.filter((path) => !DANGLING.includes(path)),
        [],
      );
      assert.equal(tree.find("/bin/sh"), undefined);
    });
  }
});

function isTested(base: string, suite: string): boolean {
  return CATALOGUE.some((image) => image.base === base && image.suite === suite && image.architecture === "amd64");
}

describe("sizes", { skip: noMirror }, () => {
  for (const row of SIZE_ROWS) {
    const { base, suite } = row;
    if (!isTested(base, suite) || !isWorthIt(row)) continue;
    it(`${base} of ${suite} is not larger than what others make of the same packages`, async () => {
      const { sizes } = await kitchen.compose({ base, suite, architecture: "amd64", flags: [] });
      assert.deepEqual(sizeProblems(row, sizes), []);
    });
  }

  it("that outgrow their goal are told, both ways", () => {
    const row = { base: "x", suite: "y", google: { uncompressed: 100, compressed: 40 }, strip: undefined, share: 0.75 };
    assert.deepEqual(sizeProblems(row, { uncompressed: 75, compressed: 30 }), []);
    assert.deepEqual(sizeProblems(row, { uncompressed: 76, compressed: 31 }), [
      "x of y: 76 bytes uncompressed, at most 75",
      "x of y: 31 bytes compressed, at most 30",
    ]);
  });
});

describe("under a Docker engine", { skip: unlessEngine() || noMirror }, () => {
  const programs = join(kitchen.home, "programs");
  let engine: Engine;

  before(async () => {
    engine = await Engine.start();
    mkdirSync(programs);
    for (const purpose of PURPOSES) {
      if (unlessCompiled(purpose) !== false) continue;
      if (purpose.compiler === "go") await compileGo(purpose.source, programs);
      else await compileC(purpose.source, programs, ...purpose.flags);
    }
  });

  after(() => engine?.stop());

  /** Runs a program of /work in the image, which is loaded first, as its default user. */
  async function run(image: CatalogueImage, flags: readonly string[], ...command: readonly string[]): Promise<Ran> {
    await load(image);
    const mount = ["-v", `${programs}:/work:ro`];
    return engine.docker("run", "--rm", "--network", "none", ...mount, ...flags, nameOf(image), ...command);
  }

  const loads = new Map<string, Promise<string>>();
  function load(image: CatalogueImage): Promise<string> {
    const name = nameOf(image);
    const load = async (): Promise<string> => {
      await kitchen.compose(image);
      return engine.mustDocker("load", "-i", kitchen.archive(image));
    };
    const loading = loads.get(name) ?? load();
    loads.set(name, loading);
    return loading;
  }

  for (const image of RUN) {
    for (const purpose of purposesOf(image)) {
      it(`${titleOf(image)} runs ${purpose.what}`, { skip: unlessCompiled(purpose) }, async () => {
        const program = `/work/${purpose.source.replace(/\.\w+$/, "")}`;
        const { status, stdout, stderr } = await run(image, ["--entrypoint", program]);
        assert.equal(status, 0, stdout + stderr);
      });
    }
  }

  for (const image of RUN.filter(({ base }) => STDLIB[base] !== undefined)) {
    it(`${titleOf(image)} imports every standard library module that it ships, through its entrypoint`, async () => {
      const program = readFileSync(fixture(STDLIB[image.base] as string), "utf8");
      const { status, stdout, stderr } = await run(image, [], "-W", "ignore", "-c", program);
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^imported [2-9]\d\d modules\n$/);
    });
  }

  for (const image of RUN.filter(({ base }) => /^java\d+$/.test(base))) {
    it(`${titleOf(image)} is the Java that it is called after, and reads its trust store`, async () => {
      assert.deepEqual((await kitchen.config(image)).config.Entrypoint, ["/usr/bin/java", "-jar"]);
      const version = await run(image, ["--entrypoint", "/usr/bin/java"], "-version");
      assert.equal(version.status, 0, version.stderr);
      assert.match(version.stderr, new RegExp(`version "${image.base.slice("java".length)}\\b`));
      const [jvm] = [...(await kitchen.tree(image)).entries()].filter(([path]) => path.endsWith("/bin/keytool"));
      const keytool = ["--entrypoint", `/${jvm?.[0]}`];
      const { status, stdout, stderr } = await run(image, keytool, "-list", "-cacerts", "-storepass", "changeit");
      assert.equal(status, 0, stdout + stderr);
      assert.ok(Number(/contains (\d+) entries/.exec(stdout)?.[1]) > 100, stdout.slice(0, 200));
    });
  }

  it("python2.7 serves an app that lies in its working directory, started by its entrypoint with app.py", async () => {
    const image: CatalogueImage = { base: "python2.7", suite: "bullseye", architecture: "amd64", flags: [] };
    await load(image);
    const { WorkingDir } = (await kitchen.config(image)).config;
    const mount = ["-v", `${fixture("wsgi-app.py")}:${WorkingDir}/app.py:ro`];
    const flags = ["--network", "host", "--read-only", "-e", "PORT=18432", ...mount];
    const id = (await engine.mustDocker("run", "-d", ...flags, nameOf(image), "app.py")).trim();
    try {
      const response = await eventually("http://127.0.0.1:18432/");
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "served by Python 2.7 as 65532");
    } catch (error) {
      const { stdout, stderr } = await engine.docker("logs", id);
      throw new Error(`the container printed:\n${stdout}${stderr}`, { cause: error });
    } finally {
      await engine.docker("rm", "-f", id);
    }
  });

  for (const image of DEBUG) {
    it(`${titleOf(image)} has busybox's shell and commands in /busybox only`, async () => {
      const { Entrypoint } = (await kitchen.config(image)).config;
      const own = Entrypoint?.[0] === "/busybox/sh" ? [] : ["--entrypoint", "/busybox/sh"];
      assert.equal(own.length > 0, image.base.startsWith("python"));
      const script = "ls / && test ! -e /bin/sh && echo a | sed s/a/b/ && id -u";
      const { status, stdout, stderr } = await run(image, own, "-c", script);
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^bin\n(?:\w+\n)*busybox\n[\s\S]*^etc\n[\s\S]*^b\n65532\n$/m);
      const tree = await kitchen.tree(image);
      for (const path of ["/bin/sh", "/usr/bin/sh", "/usr/bin/busybox"]) assert.equal(tree.find(path), undefined, path);
    });
  }

  for (const [user, uid, home] of [
    ["nonroot", 65532, "/home/nonroot"],
    ["root", 0, "/root"],
  ] as const) {
    it(`--user ${user} is ${uid}, at home`, { skip: unlessTools("go") }, async () => {
      const image: CatalogueImage = { base: "static", suite: "trixie", architecture: "amd64", flags: ["--user", user] };
      const { status, stdout, stderr } = await run(image, ["--entrypoint", "/work/static"]);
      assert.equal(status, 0, stdout + stderr);
      const directory = (await kitchen.config(image)).config.WorkingDir ?? "/";
      assert.ok(stdout.endsWith(`uid ${uid}, home ${home}, directory ${directory}\n`), stdout);
    });
  }
});

function unlessCompiled({ compiler, headers }: Purpose): false | string {
  return unlessTools(compiler) || (headers === undefined || existsSync(headers) ? false : `needs ${headers}`);
}

async function eventually(url: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}
