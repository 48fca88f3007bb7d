import assert from "node:assert/strict";
import { Duplex, PassThrough, Transform } from "node:stream";
import { describe, test } from "node:test";
import { collect, ObservedStream, pieces } from "../../test/support/bytes.ts";
import { type Machine, through } from "./through.ts";

function machine(stream: Duplex): Machine {
  return { input: stream, output: stream, failure: (error) => new Error(`machine: ${error.message}`) };
}

describe("through", () => {
  test("passes everything on, in order", async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    assert.deepEqual(
      await collect(through(pieces(bytes, 1, 70_000, 13), machine(new PassThrough()))),
      Buffer.from(bytes),
    );
  });

  test("passes an empty source on", async () => {
    assert.equal((await collect(through(pieces(new Uint8Array(0)), machine(new PassThrough())))).length, 0);
  });

  test("works with a machine that says nothing before its end", async () => {
    let size = 0;
    const counter = new Transform({
      transform(chunk: Buffer, _, done) {
        size += chunk.length;
        done();
      },
      flush(done) {
        done(null, String(size));
      },
    });
    assert.equal(String(await collect(through(pieces(new Uint8Array(1_000_000), 999), machine(counter)))), "1000000");
  });

  test("reads the source no further than its consumer asks and the buffers hold", async () => {
    const source = new ObservedStream(pieces(new Uint8Array(10_000_000), 1000));
    const output = through(source, machine(new PassThrough()));
    await output.next();
    assert.ok(source.bytesRead < 500_000, `${source.bytesRead} bytes were read`);
    await output.return(undefined);
    assert.equal(source.closed, true);
  });

  test("destroys the streams when the consumer stops", async () => {
    const stream = new PassThrough();
    for await (const chunk of through(pieces(new Uint8Array(100), 10), machine(stream))) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(stream.destroyed, true);
  });

  test("throws the source's failure as it is and the streams' as the machine says", async () => {
    const failure = new Error("disk on fire");
    const stream = new PassThrough();
    const broken = (async function* () {
      yield new Uint8Array(10);
      throw failure;
    })();
    await assert.rejects(collect(through(broken, machine(stream))), (error) => error === failure);
    assert.equal(stream.destroyed, true);

    const jam = new Transform({ transform: (_, __, done) => done(new Error("jammed")) });
    const source = new ObservedStream(pieces(new Uint8Array(1000), 10));
    await assert.rejects(collect(through(source, machine(jam))), /machine: jammed/);
    assert.equal(source.closed, true);
  });

  test("does not take a stream that was destroyed for one that has ended", async () => {
    const stream = new PassThrough();
    const source = (async function* () {
      yield new Uint8Array(10);
      stream.destroy();
      yield new Uint8Array(10);
    })();
    await assert.rejects(collect(through(source, machine(stream))), /machine: the stream was closed before its end/);
  });

  test("lets a machine end before its source", async () => {
    let full = false;
    const head = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        if (!full) this.push(chunk);
        if (!full) this.push(null);
        full = true;
        done();
      },
    });
    const source = new ObservedStream(pieces(new Uint8Array(1000), 10));
    assert.equal((await collect(through(source, machine(head)))).length, 10);
    assert.equal(source.closed, true);
  });
});
