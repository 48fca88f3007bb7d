import type { Content } from "../../../rootfs/content.ts";
import { broken, type Complain, unlessBroken } from "./database-broken.ts";

const HEADER = 32;
const SLOT = 16;
const PAGE = 4096;
/** Offsets and lengths of blobs count these. */
const BLOCK = 16;
const BLOB_HEAD = 16;
const BLOB_TAIL = 12;

const MAX_BLOB = 32 * 1024 * 1024;
/** 256 slots each. */
const MAX_SLOT_PAGES = 1024;

/**
 * The headers of rpm's own database format, Packages.db (rpm's lib/backend/ndb/rpmpkg.c): numbers are little-endian, slots at
 * the beginning say in which blocks each blob lies. What is damaged is told and the rest given; DatabaseBroken for another file.
 */
export async function* ndbBlobs(content: Content, complain: Complain): AsyncGenerator<Buffer> {
  const slots = await slotsOf(content);
  // Blobs do not overlap, so that no more is read than the file has.
  let left = content.size;
  for (let at = HEADER; at + SLOT <= slots.length; at += SLOT) {
    if (slots.toString("latin1", at, at + 4) !== "Slot") {
      complain("an entry in the list of its packages is none");
      continue;
    }
    const [index, offset] = [slots.readUInt32LE(at + 4), slots.readUInt32LE(at + 8) * BLOCK];
    // One that is free.
    if (offset === 0) continue;
    const size = slots.readUInt32LE(at + 12) * BLOCK;
    left -= size;
    if (left < 0) return complain("its packages take more than it has");
    const blob = await unlessBroken(() => blobAt(content, index, offset, size), complain);
    if (blob !== undefined) yield blob;
  }
}

async function slotsOf(content: Content): Promise<Buffer> {
  const header = Buffer.from(await content.read(0, HEADER));
  if (header.length < HEADER || header.toString("latin1", 0, 4) !== "RpmP") broken("it is no database of rpm's");
  const version = header.readUInt32LE(4);
  if (version !== 0) broken(`its version ${version} is not known`);
  const pages = header.readUInt32LE(12);
  if (pages > MAX_SLOT_PAGES || pages * PAGE > content.size) broken("it is shorter than the list of its packages");
  return Buffer.from(await content.read(0, pages * PAGE));
}

async function blobAt(content: Content, index: number, offset: number, size: number): Promise<Buffer> {
  if (size > MAX_BLOB) broken(`package ${index} is larger than ${MAX_BLOB} bytes`);
  const bytes = Buffer.from(await content.read(offset, Math.min(size, Math.max(0, content.size - offset))));
  if (bytes.length !== size || size < BLOB_HEAD + BLOB_TAIL) broken(`package ${index} lies outside of it`);
  const length = bytes.readUInt32LE(12);
  const isOwn = bytes.toString("latin1", 0, 4) === "BlbS" && bytes.readUInt32LE(4) === index;
  if (!isOwn || BLOB_HEAD + length + BLOB_TAIL > size) broken(`package ${index} is not where the list has it`);
  return bytes.subarray(BLOB_HEAD, BLOB_HEAD + length);
}
