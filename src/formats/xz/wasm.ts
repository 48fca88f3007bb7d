import { setImmediate } from "node:timers/promises";
import { damaged, notXz, tooMuchMemory, unsupported } from "./failures.ts";

/** What the module exports: xz-embedded, one context per stream in a memory that all contexts of a thread share. */
interface Decoder {
  readonly memory: { readonly buffer: ArrayBuffer };
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, length: number): void;
  get_next_output(context: number): number;
}

/** Fields of a context, as 32-bit words from its address. */
const BUFFER_SIZE = 0;
const INPUT = 1;
const INPUT_POSITION = 2;
const INPUT_LENGTH = 3;
const OUTPUT = 4;
const OUTPUT_LENGTH = 5;
const CONTEXT_WORDS = 6;

/** enum xz_ret of xz-embedded, xz.h. */
const XZ_OK = 0;
const XZ_STREAM_END = 1;
const XZ_MEM_ERROR = 3;
const XZ_MEMLIMIT_ERROR = 4;
const XZ_FORMAT_ERROR = 5;
const XZ_OPTIONS_ERROR = 6;
const XZ_BUF_ERROR = 8;

/** How much to decode before timers and signals get their turn: some 20 ms. */
const TURN = 1024 * 1024;

/**
 * Decompresses xz in WebAssembly, on the calling thread. Checks CRC32 and CRC64; knows LZMA2 alone (no BCJ or delta
 * filter, no SHA-256 check: UNSUPPORTED), which is what dpkg-deb and Debian's archive write.
 */
export async function* unxzInWasm(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = await loadDecoder();
  const context = decoder.create_context();
  if (context === 0) throw tooMuchMemory();
  try {
    let started = false;
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        started = true;
        at += supply(decoder, context, chunk.subarray(at));
        yield* drain(decoder, context);
      }
    }
    if (!started) throw damaged("it is empty");
    // An empty input tells the decoder that there is no more: whatever is unfinished is an error now.
    supply(decoder, context, new Uint8Array(0));
    while (true) {
      const status = decoder.get_next_output(context);
      yield* takeOutput(decoder, context);
      if (status === XZ_STREAM_END) return;
      check(status);
    }
  } finally {
    decoder.destroy_context(context);
  }
}

/** Decodes until the supplied input is used up. */
async function* drain(decoder: Decoder, context: number): AsyncGenerator<Uint8Array> {
  let sinceTurn = 0;
  for (let more = true; more; ) {
    check(decoder.get_next_output(context));
    const words = fields(decoder, context);
    const full = word(words, OUTPUT_LENGTH) === word(words, BUFFER_SIZE);
    more = full || word(words, INPUT_POSITION) < word(words, INPUT_LENGTH);
    sinceTurn += word(words, OUTPUT_LENGTH);
    yield* takeOutput(decoder, context);
    if (sinceTurn >= TURN) {
      sinceTurn = 0;
      await setImmediate();
    }
  }
}

function supply(decoder: Decoder, context: number, input: Uint8Array): number {
  const words = fields(decoder, context);
  const part = input.subarray(0, word(words, BUFFER_SIZE));
  new Uint8Array(decoder.memory.buffer, word(words, INPUT), part.length).set(part);
  decoder.supply_input(context, part.length);
  return part.length;
}

function* takeOutput(decoder: Decoder, context: number): Generator<Uint8Array> {
  const words = fields(decoder, context);
  const length = word(words, OUTPUT_LENGTH);
  if (length === 0) return;
  const chunk = new Uint8Array(decoder.memory.buffer, word(words, OUTPUT), length).slice();
  words[OUTPUT_LENGTH] = 0;
  yield chunk;
}

/** Made anew for each use: the memory's buffer is replaced whenever it grows. */
function fields(decoder: Decoder, context: number): Uint32Array {
  return new Uint32Array(decoder.memory.buffer, context, CONTEXT_WORDS);
}

function word(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function check(status: number): void {
  switch (status) {
    case XZ_OK:
    case XZ_STREAM_END:
      return;
    case XZ_MEM_ERROR:
    case XZ_MEMLIMIT_ERROR:
      throw tooMuchMemory();
    case XZ_FORMAT_ERROR:
      throw notXz();
    case XZ_OPTIONS_ERROR:
      throw unsupported(
        "install xz-utils and set DISTILL_XZ=system: the built-in decoder knows LZMA2 with CRC32, CRC64 or no check",
      );
    case XZ_BUF_ERROR:
      throw damaged("it ends early");
    default:
      throw damaged("its contents are corrupt");
  }
}

let loading: Promise<Decoder> | undefined;

/** The decoder of this thread. */
function loadDecoder(): Promise<Decoder> {
  loading ??= instantiate().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/**
 * xz-decompress publishes only a web stream, which holds a lock for as long as a stream is open: two streams that are
 * read in turn, or one that is left unread, would wait for each other for ever. So its module is taken out of it, and
 * the version is pinned. The wasm lies inside the package's JavaScript: no file to find, in a bundle or a worker.
 */
async function instantiate(): Promise<Decoder> {
  const library: unknown = await import("xz-decompress");
  const stream = property(library, "XzReadableStream") ?? property(property(library, "default"), "XzReadableStream");
  const load = property(stream, "_getModuleInstance");
  if (typeof load === "function") await load.call(stream);
  const exports = property(property(stream, "_moduleInstance"), "exports");
  if (!isDecoder(exports)) throw new Error("xz-decompress is not built as version 0.2.3 was");
  return exports;
}

function property(value: unknown, name: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return Reflect.get(value, name);
}

function isDecoder(value: unknown): value is Decoder {
  const functions = ["create_context", "destroy_context", "supply_input", "get_next_output"];
  return (
    property(property(value, "memory"), "buffer") instanceof ArrayBuffer &&
    functions.every((name) => typeof property(value, name) === "function")
  );
}
