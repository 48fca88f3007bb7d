import { type Content, streamContent } from "../../rootfs/content.ts";

const LINE_FEED = 0x0a;

/** Lines without their end; undefined in place of one that is longer than `maxLine` bytes, which is never held whole. */
export async function* linesOf(content: Content, maxLine: number): AsyncGenerator<Buffer | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let tooLong = false;
  for await (const chunk of streamContent(content)) {
    const block = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(LINE_FEED, start); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      yield tooLong || end - start > maxLine ? undefined : block.subarray(start, end);
      tooLong = false;
      start = end + 1;
    }
    rest = block.subarray(start);
    if (rest.length > maxLine) {
      tooLong = true;
      rest = Buffer.alloc(0);
    }
  }
  if (tooLong) yield undefined;
  else if (rest.length > 0) yield rest;
}
