import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { distill, mustDistill } from "../support/cli.ts";

const APP = resolve(import.meta.dirname, "../../examples/flask-debian");
const home = mkdtempSync(join(tmpdir(), "distill-flask-"));
const env = { DISTILL_HOME: home, ...inherited() };

/** The mirror and proxy that this machine reaches Debian through. */
function inherited(): Record<string, string> {
  const wanted = /^DISTILL_DEBIAN_|_proxy$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name))) as Record<
    string,
    string
  >;
}

const BUILD = ["build", APP, "--lock", join(home, "distill.lock")];
const first = await distill(BUILD, { env });

describe("the Flask example", { skip: first.status === 4 && "needs Debian's archive" }, () => {
  after(() => rmSync(home, { recursive: true, force: true }));

  it("has the same digest from one worker with the other xz decoder, and from the cache alone", async () => {
    assert.equal(first.status, 0, first.stderr);
    rmSync(join(home, "store"), { recursive: true });
    const alone = { ...env, DISTILL_WORKERS: "1", UV_THREADPOOL_SIZE: "1", DISTILL_XZ: "wasm" };
    assert.equal((await mustDistill([...BUILD, "--offline"], { env: alone })).stdout, first.stdout);
    assert.equal((await mustDistill([...BUILD, "--offline"], { env })).stdout, first.stdout);
  });
});
