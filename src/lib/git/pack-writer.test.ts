import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import type { ObjectPiece } from "./objects.ts";
import { PackWriter } from "./pack-writer.ts";

for (const format of ["sha1", "sha256"] as const) {
  test(`git reads the pack, and its own index of it is the same (${format})`, {
    skip: unlessTools("git"),
  }, async (t) => {
    // Around the lengths at which the header grows, and around a block of deflate.
    const sizes = [0, 1, 15, 16, 17, 2047, 2048, 65_534, 65_535, 65_536, 131_070, 300_000];
    const bodies = sizes.map((size) => Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + size) % 256)));
    async function* pieces(): AsyncGenerator<ObjectPiece> {
      for (const body of bodies) {
        const id = createHash(format).update(`blob ${body.length}\0`).update(body).digest("hex");
        yield { kind: "head", id, type: "blob", size: body.length };
        for (let at = 0; at < body.length; at += 40_000) yield { kind: "bytes", bytes: body.subarray(at, at + 40_000) };
      }
    }
    const writer = new PackWriter(format);
    const parts: Buffer[] = [];
    for await (const part of writer.bytes(bodies.length, pieces())) parts.push(part);
    const directory = temporaryDirectory(t);
    const path = join(directory, "a.pack");
    writeFileSync(path, Buffer.concat(parts));
    execFileSync("git", ["index-pack", "--strict", `--object-format=${format}`, path], {
      cwd: directory,
      stdio: "pipe",
    });
    const { bytes, name } = writer.index();
    assert.ok(bytes.equals(readFileSync(join(directory, "a.idx"))));
    assert.equal(
      name,
      Buffer.concat(parts)
        .subarray(-name.length / 2)
        .toString("hex"),
    );
  });
}
