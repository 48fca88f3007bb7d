import type { RootPath } from "../rootfs/path.ts";

/** A path of an image for people: absolute, its bytes read as UTF-8. */
export function pathText(path: RootPath): string {
  return `/${bytesText(path)}`;
}

/** A name or a link's target for people: its bytes read as UTF-8. */
export function bytesText(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
