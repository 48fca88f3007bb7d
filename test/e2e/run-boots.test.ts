import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import type { Digest } from "../../src/lib/digest.ts";
import { blobPath, databasePath } from "../../src/store/context.ts";
import { storeBase, unlessBase, writeBase } from "../support/busybox-base.ts";
import { mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";

interface Remembered {
  readonly captured: { readonly archive: Digest; readonly digests: Digest; readonly boot: string };
}

/** What a RUN left is not flushed: after the machine has been started again, it has to be whole to be used. */
describe("what a RUN left before the machine was started again", { skip: unlessBase() }, () => {
  const directory = makeTemporaryDirectory();
  const home = join(directory.path, "home");
  const store = join(home, "store");

  before(async () => {
    await storeBase(await writeBase(directory.path), "base", home);
    await mustDistill(["--version"]);
  });
  after(() => directory.remove());

  async function build(): Promise<{ readonly ran: boolean; readonly id: string }> {
    const dockerfile = join(directory.path, "Dockerfile");
    writeFileSync(dockerfile, "FROM base AS a\nRUN echo one > /one\nFROM scratch\nCOPY --from=a /one /\n");
    const args = ["build", directory.path, "-f", dockerfile, "--progress", "plain", "--network", "none"];
    const { stdout, stderr } = await mustDistill(args, { env: { DISTILL_HOME: home } });
    return { ran: !/RUN echo one.*\n#\d+ CACHED/.test(stderr), id: stdout };
  }

  /** As if it had been remembered in another boot; returns what was. */
  function rememberOtherwise(boot: string): Remembered {
    const database = new DatabaseSync(databasePath(store));
    const rows = database.prepare("SELECT key, value FROM steps WHERE value LIKE '%\"captured\"%'").all();
    assert.equal(rows.length, 1);
    const { key, value } = rows[0] as { readonly key: string; readonly value: string };
    const known = JSON.parse(value) as Remembered;
    const changed = JSON.stringify({ ...known, captured: { ...known.captured, boot } });
    database.prepare("UPDATE steps SET value = ? WHERE key = ?").run(changed, key);
    database.close();
    return known;
  }

  it("is used again where it is whole, and made again where it is not", async () => {
    const first = await build();
    assert.equal(first.ran, true);
    const { captured } = rememberOtherwise("another");
    assert.deepEqual(await build(), { ran: false, id: first.id });
    assert.equal(rememberOtherwise("another").captured.boot, captured.boot);
    const archive = blobPath(store, captured.archive);
    const bytes = readFileSync(archive);
    writeFileSync(archive, Buffer.alloc(bytes.length));
    assert.deepEqual(await build(), { ran: true, id: first.id });
  });
});
