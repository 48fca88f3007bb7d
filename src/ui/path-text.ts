import type { RootPath } from "../rootfs/path.ts";

/** A path of an image for people: absolute, its bytes read as UTF-8. */
export function pathText(path: RootPath): string {
  return `/${Buffer.from(path, "latin1").toString("utf8")}`;
}
