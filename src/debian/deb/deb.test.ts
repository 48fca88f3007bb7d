import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { flipByte, TestArchive } from "../../../test/support/archive.ts";
import { makeTar, type TestPackage } from "../../../test/support/deb-writer.ts";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { closeHttp } from "../../lib/http/agent.ts";
import { progressTo } from "../../lib/progress.ts";
import { type Archives, openArchives } from "../archive/archive.ts";
import { openUnpackPool, type UnpackPool, unpackPackage } from "./deb.ts";

const PACKAGES: readonly TestPackage[] = Array.from({ length: 5 }, (_, index) => ({
  name: `package${index}`,
  files: { [`/usr/share/${index}`]: String(index) },
}));

let directory: string;
let archive: TestArchive;
let server: FaultServer;
let pool: UnpackPool;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "distill-unpack-"));
  archive = await TestArchive.create([{ packages: PACKAGES }]);
  server = await FaultServer.start(archive.directory);
  pool = openUnpackPool({ size: 2 });
  warnings = [];
});

afterEach(async () => {
  await pool.close();
  await closeHttp();
  await server.close();
  await archive.remove();
  await rm(directory, { recursive: true });
});

function open(offline = false): Promise<Archives> {
  const progress = progressTo((event) => {
    if (event.kind === "note") warnings.push(event.text);
  });
  const options = { architecture: "amd64", cacheDirectory: join(directory, "cache"), offline, progress };
  return openArchives({ sources: archive.sources(server.url), ...options });
}

describe("unpackPackage", () => {
  it("unpacks several packages at a time, while others are still being fetched", async () => {
    const archives = await open();
    const index = await archives.index();
    const packages = PACKAGES.flatMap(({ name }) => index.versions(name));
    const paths = archives.fetchDebs(packages);
    const unpacked = await Promise.all(
      packages.map((each, index) => {
        const dataTar = join(directory, `${index}.tar`);
        return unpackPackage({ archives, pool, package: each, path: paths[index] ?? "", dataTar });
      }),
    );
    for (const [index, { control, dataTar }] of unpacked.entries()) {
      assert.match(Buffer.from(control).toString(), new RegExp(`^Package: package${index}$`, "m"));
      assert.deepEqual(await readFile(dataTar), makeTar(Object.entries(PACKAGES[index]?.files ?? {})));
    }
  });

  it("fetches a .deb again that was damaged in the cache, and names it", async () => {
    const archives = await open();
    const [first] = (await archives.index()).versions("package0");
    assert.ok(first);
    const path = await archives.fetchDeb(first);
    await flipByte(path, 200);
    const dataTar = join(directory, "0.tar");
    const { dataSize } = await unpackPackage({ archives, pool, package: first, path, dataTar });
    assert.ok(dataSize > 0);
    assert.deepEqual(warnings, [`the cached package ${path} (package0 1.0-1) is damaged; fetching it again`]);
    assert.equal(server.asked("pool/").length, 2);
  });

  it("offline refuses a .deb that was damaged in the cache, by name, and leaves it there", async () => {
    const online = await open();
    const [first] = (await online.index()).versions("package0");
    assert.ok(first);
    const path = await online.fetchDeb(first);
    await flipByte(path, 200);
    const archives = await open(true);
    const dataTar = join(directory, "0.tar");
    await assert.rejects(unpackPackage({ archives, pool, package: first, path, dataTar }), {
      code: "STORE_CORRUPT",
      message: `the cached package ${path} (package0 1.0-1) is damaged`,
    });
    await readFile(path);
  });
});
