import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { collect, ObservedStream, pieces, pseudoText } from "../../../test/support/bytes.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { unxz } from "./read.ts";

/** `printf 'hello hello hello hello' | xz`, for machines without xz. */
const HELLO = Buffer.from(
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAWAAtdADQZSe6N6VYKteAAAACJQ9vqAzTk0AABJxeJgpB5H7bzfQEAAAAABFla",
  "base64",
);
const TEXT_OF_HELLO = "hello hello hello hello";
const TEXT = pseudoText(1_000_000);
const NEEDS_XZ = { skip: unlessTools("xz") };

function xz(input: Uint8Array, ...options: readonly string[]): Buffer {
  return execFileSync("xz", ["-c", "-1", ...options], { input, maxBuffer: 1024 ** 3 });
}

/** Runs `work` with these variables set (undefined: unset). */
async function withEnvironment(changes: Record<string, string | undefined>, work: () => Promise<void>): Promise<void> {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  const apply = (values: readonly (readonly [string, string | undefined])[]): void => {
    for (const [name, value] of values) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(Object.entries(changes));
  try {
    await work();
  } finally {
    apply(before);
  }
}

for (const implementation of ["wasm", "system"] as const) {
  describe(`unxz (${implementation})`, implementation === "system" ? NEEDS_XZ : {}, () => {
    const run = (bytes: Uint8Array, ...sizes: readonly number[]): Promise<Buffer> =>
      collect(unxz(pieces(bytes, ...sizes), { implementation }));

    const rejects = (bytes: Uint8Array, code: "FORMAT_INVALID" | "UNSUPPORTED" | "LIMIT_EXCEEDED", why: string) =>
      assert.rejects(
        run(bytes, 500),
        (error) => {
          assert.ok(isDistillError(error, code), `${why}: ${error}`);
          return true;
        },
        why,
      );

    test("decompresses a stream that was made elsewhere, however it is cut", async () => {
      for (const size of [1, 7, HELLO.length]) {
        assert.equal(String(await run(HELLO, size)), TEXT_OF_HELLO);
      }
    });

    test("decompresses several streams, and padding in multiples of four", async () => {
      const bytes = Buffer.concat([HELLO, HELLO, Buffer.alloc(8), HELLO, Buffer.alloc(4)]);
      assert.equal(String(await run(bytes)), TEXT_OF_HELLO.repeat(3));
      assert.equal(String(await run(bytes, 1)), TEXT_OF_HELLO.repeat(3));
      await rejects(Buffer.concat([HELLO, Buffer.alloc(3)]), "FORMAT_INVALID", "odd padding");
    });

    test("decompresses every kind of check and a large stream", NEEDS_XZ, async () => {
      for (const check of ["none", "crc32", "crc64"]) {
        assert.ok((await run(xz(TEXT, `--check=${check}`), 10_000)).equals(TEXT), check);
      }
      assert.ok((await run(xz(TEXT, "--block-size=100000"))).equals(TEXT));
      assert.equal((await run(xz(new Uint8Array(0)))).length, 0);
    });

    test("refuses a stream that ends early, wherever it is cut", async () => {
      const cuts = [0, 1, 5, 6, 11, 12, 20, 30, HELLO.length - 30, HELLO.length - 12, HELLO.length - 1];
      for (const length of cuts) await rejects(HELLO.subarray(0, length), "FORMAT_INVALID", `cut at ${length}`);
    });

    test("refuses a flipped bit in any part: header, data, check, index, footer", async () => {
      const step = implementation === "wasm" ? 1 : 7;
      for (let at = 0; at < HELLO.length; at += step) {
        const copy = Buffer.from(HELLO);
        copy[at] = (copy[at] as number) ^ 0x04;
        // The first byte of LZMA data is always 0 and says nothing; liblzma alone minds another value.
        if (at === 30) assert.equal(String(await run(copy).catch(() => TEXT_OF_HELLO)), TEXT_OF_HELLO);
        else await rejects(copy, "FORMAT_INVALID", `flipped at ${at}`);
      }
    });

    test("refuses what is no xz stream, or follows one", async () => {
      await rejects(Buffer.from("plain text that is long enough to be looked at"), "FORMAT_INVALID", "text");
      await rejects(Buffer.concat([HELLO, Buffer.from("trailing garbage")]), "FORMAT_INVALID", "garbage");
    });

    test("refuses the other formats that xz knows", NEEDS_XZ, async () => {
      await rejects(xz(TEXT, "--format=lzma"), "FORMAT_INVALID", "lzma");
    });

    test("refuses a dictionary of more than 64 MiB, which costs as much memory", NEEDS_XZ, async () => {
      assert.ok((await run(xz(TEXT, "--lzma2=preset=0,dict=64MiB"))).equals(TEXT));
      await rejects(xz(TEXT, "--lzma2=preset=0,dict=96MiB"), "LIMIT_EXCEEDED", "dictionary");
    });

    test("stops at the limit", NEEDS_XZ, async () => {
      const bomb = xz(new Uint8Array(20_000_000));
      const source = new ObservedStream(pieces(bomb, 1000));
      await assert.rejects(collect(unxz(source, { implementation, maxBytes: 1_000_000 })), (error) =>
        isDistillError(error, "LIMIT_EXCEEDED"),
      );
      assert.equal(source.closed, true);
      assert.equal((await collect(unxz(pieces(HELLO), { implementation, maxBytes: 23 }))).length, 23);
    });

    test("closes its source when the consumer stops early", NEEDS_XZ, async () => {
      const source = new ObservedStream(pieces(xz(TEXT), 1000));
      for await (const chunk of unxz(source, { implementation })) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal(source.closed, true);
    });

    test("throws the source's failure as it is", async () => {
      const failure = new Error("connection reset");
      const source = (async function* () {
        yield HELLO.subarray(0, 20);
        throw failure;
      })();
      await assert.rejects(collect(unxz(source, { implementation })), (error) => error === failure);
    });

    test("reads two streams in turn", NEEDS_XZ, async () => {
      const archive = xz(TEXT);
      const left = unxz(pieces(archive, 1000), { implementation });
      const right = unxz(pieces(archive, 1000), { implementation });
      await left.next();
      await right.next();
      await left.next();
      assert.ok((await collect(right)).length > 0);
      assert.ok((await collect(left)).length > 0);
    });

    test("works in a worker thread", async () => {
      const worker = new Worker(
        `import { workerData, parentPort } from "node:worker_threads";
         const { unxz } = await import(workerData.module);
         const source = (async function* () { yield workerData.bytes; })();
         let text = "";
         for await (const chunk of unxz(source, { implementation: workerData.implementation })) text += Buffer.from(chunk);
         parentPort.postMessage(text);`,
        { eval: true, workerData: { module: import.meta.resolve("./read.ts"), bytes: HELLO, implementation } },
      );
      const text = await new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      assert.equal(text, TEXT_OF_HELLO);
      await worker.terminate();
    });
  });
}

describe("unxz", () => {
  test("says of a filter that the built-in decoder lacks what would help", NEEDS_XZ, async () => {
    for (const options of [["--check=sha256"], ["--x86", "--lzma2=preset=1"], ["--delta", "--lzma2=preset=1"]]) {
      const archive = xz(TEXT, ...options);
      await assert.rejects(collect(unxz(pieces(archive), { implementation: "wasm" })), (error) => {
        assert.ok(isDistillError(error, "UNSUPPORTED"), String(error));
        assert.match(error.hint ?? "", /xz-utils/);
        return true;
      });
      assert.ok((await collect(unxz(pieces(archive), { implementation: "system" }))).equals(TEXT));
    }
  });

  test("takes the built-in decoder where PATH has no xz, and says so when xz was asked for", async () => {
    await withEnvironment({ PATH: "", DISTILL_XZ: undefined }, async () => {
      assert.equal((await collect(unxz(pieces(HELLO)))).length, 23);
      await assert.rejects(collect(unxz(pieces(HELLO), { implementation: "system" })), (error) =>
        isDistillError(error, "ENVIRONMENT"),
      );
    });
  });

  test("says that an xz which cannot be run, or was killed, is this machine's trouble", async () => {
    const directory = await mkdtemp(join(tmpdir(), "distill-xz-"));
    try {
      for (const script of ["#!/no/such/interpreter\n", "#!/bin/sh\nkill -9 $$\n"]) {
        await writeFile(join(directory, "xz"), script, { mode: 0o755 });
        await withEnvironment({ PATH: directory }, async () => {
          await assert.rejects(collect(unxz(pieces(HELLO), { implementation: "system" })), (error) =>
            isDistillError(error, "ENVIRONMENT"),
          );
        });
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("starts no process for what is known to be small", async () => {
    const directory = await mkdtemp(join(tmpdir(), "distill-xz-"));
    try {
      await writeFile(join(directory, "xz"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      await withEnvironment({ PATH: directory, DISTILL_XZ: undefined }, async () => {
        assert.equal((await collect(unxz(pieces(HELLO), { size: HELLO.length }))).length, 23);
        await assert.rejects(collect(unxz(pieces(HELLO), { size: 2 ** 20 })));
        await assert.rejects(collect(unxz(pieces(HELLO))));
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("obeys DISTILL_XZ unless the caller chooses", async () => {
    await withEnvironment({ PATH: "", DISTILL_XZ: "system" }, async () => {
      await assert.rejects(collect(unxz(pieces(HELLO))), (error) => isDistillError(error, "ENVIRONMENT"));
      assert.equal((await collect(unxz(pieces(HELLO), { implementation: "wasm" }))).length, 23);
    });
    await withEnvironment({ DISTILL_XZ: "fast" }, async () => {
      assert.throws(
        () => unxz(pieces(HELLO)),
        (error) => isDistillError(error, "USAGE"),
      );
    });
  });

  test("is not led astray by the user's own settings for xz", NEEDS_XZ, async () => {
    await withEnvironment({ XZ_OPT: "--keep --format=lzma", XZ_DEFAULTS: "--format=raw" }, async () => {
      assert.equal((await collect(unxz(pieces(HELLO), { implementation: "system" }))).length, 23);
    });
  });
});
