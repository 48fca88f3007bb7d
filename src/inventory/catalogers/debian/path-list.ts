import type { Content } from "../../../rootfs/content.ts";
import { parentOf, ROOT, type RootPath } from "../../../rootfs/path.ts";
import { linesOf } from "../lines.ts";
import { recordedPath } from "../recorded-path.ts";

const MAX_LINE = 8192;
const MAX_FILES = 500_000;

/** MD5 in hexadecimal digits, and behind a blank and a mode the path (md5sum(1)), which dpkg's files never escape. */
const CHECKSUM = /^([0-9a-fA-F]{32})[ \t]+\*?(.+)$/s;

type Complain = (problem: string, kind?: string) => void;

/**
 * The paths of dpkg's list of a package's files, which has one a line, directories and the root among them. Those that another path lies
 * in are left out: they are directories.
 */
export async function listedPaths(content: Content, complain: Complain): Promise<readonly RootPath[]> {
  const paths: RootPath[] = [];
  const directories = new Set<RootPath>([ROOT]);
  await eachLine(content, complain, (text, number) => {
    const path = recordedPath(text);
    if (path === undefined) complain(`line ${number} is no path`, "no path");
    else {
      paths.push(path);
      directories.add(parentOf(path));
    }
  });
  return paths.filter((path) => !directories.has(path));
}

/** The paths of a file of checksums, and their MD5s in the same order. */
export async function checkedPaths(
  content: Content,
  complain: Complain,
): Promise<{ readonly files: readonly RootPath[]; readonly md5: readonly string[] }> {
  const files: RootPath[] = [];
  const md5: string[] = [];
  await eachLine(content, complain, (text, number) => {
    const [, sum, name = ""] = CHECKSUM.exec(text) ?? [];
    const path = recordedPath(name);
    if (sum === undefined || path === undefined || path === ROOT)
      complain(`line ${number} is no checksum`, "no checksum");
    else {
      files.push(path);
      md5.push(sum.toLowerCase());
    }
  });
  return { files, md5 };
}

type Take = (text: string, number: number) => void;

/** Gives lines that are not empty to `take`, bytes as latin1. */
async function eachLine(content: Content, complain: Complain, take: Take): Promise<void> {
  let number = 0;
  let taken = 0;
  for await (const lines of linesOf(content, MAX_LINE)) {
    for (const line of lines) {
      number++;
      if (line === undefined) complain(`line ${number} is longer than ${MAX_LINE} bytes`, "long line");
      else if (line.length > 0) {
        if (++taken > MAX_FILES) {
          complain(`it has more than ${MAX_FILES} lines`);
          return;
        }
        take(line.toString("latin1"), number);
      }
    }
  }
}
