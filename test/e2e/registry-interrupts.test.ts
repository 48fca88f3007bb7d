import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { unlessRegistry } from "../support/registry.ts";
import { INTERRUPTIONS, TransferSoak } from "../support/transfer-soak.ts";

/** Megabytes of the image, and interruptions of each kind; the soak has more of both. */
const SIZE = Number(process.env.DISTILL_TEST_TRANSFER_MB ?? 60) * 1e6;
const ROUNDS = 2;

describe("an interrupted transfer is gone on with", { skip: unlessRegistry() }, () => {
  const directory = makeTemporaryDirectory();
  let soak: TransferSoak;

  before(async () => {
    soak = await TransferSoak.open(directory.path, 20_261_125, SIZE);
  });

  after(() => directory.remove());

  for (const kind of INTERRUPTIONS) {
    for (let round = 1; round <= ROUNDS; round++) {
      const registry = kind.registry === "real" ? "docker-registry" : "a registry that keeps cut chunks";
      test(`a ${kind.verb} with ${registry}, ended by ${kind.signal} (${round})`, async () => {
        const { problems, late } = await soak.round(kind);
        assert.deepEqual(problems, []);
        assert.equal(late, false, "it had ended before the signal");
      });
    }
  }
});
