import { posix } from "node:path";
import type { Content } from "../../rootfs/content.ts";
import type { Node } from "../../rootfs/node.ts";
import type { RootPath } from "../../rootfs/path.ts";
import { localeDirectory } from "../settings.ts";

const ROOT = "usr/lib/locale/";
const MAX_LINKS = 8;

/**
 * The data of all locales as locales-all has it: most files there are links to the same file of some other locale, so
 * one locale cannot be taken out by its directory alone.
 */
export class LocaleData {
  readonly #contents = new Map<string, Content>();
  readonly #links = new Map<string, string>();

  /** Takes an entry of a package where it is data of a locale; true if it was. */
  add(path: RootPath, node: Node): boolean {
    if (!path.startsWith(ROOT) || /^C\.(?:utf8|UTF-8)\//.test(path.slice(ROOT.length))) return false;
    if (node.type === "file") this.#contents.set(path, node.content);
    else if (node.type === "symlink") this.#links.set(path, posix.join(posix.dirname(path), node.target));
    else return false;
    return true;
  }

  /** Files of one locale by their path, links followed; empty for one that is not there. */
  of(locale: string): ReadonlyMap<RootPath, Content> {
    const start = `${ROOT}${localeDirectory(locale)}/`;
    const files = new Map<RootPath, Content>();
    for (const path of [...this.#contents.keys(), ...this.#links.keys()].sort()) {
      if (!path.startsWith(start)) continue;
      const content = this.#follow(path);
      if (content !== undefined) files.set(path as RootPath, content);
    }
    return files;
  }

  /** Names of the directories that there are. */
  names(): readonly string[] {
    const all = [...this.#contents.keys(), ...this.#links.keys()];
    return [...new Set(all.map((path) => path.slice(ROOT.length).split("/", 1)[0] ?? ""))].sort();
  }

  #follow(path: string): Content | undefined {
    let at = path;
    for (let links = 0; links <= MAX_LINKS; links++) {
      const target = this.#links.get(at);
      if (target === undefined) return this.#contents.get(at);
      at = target;
    }
    return undefined;
  }
}
