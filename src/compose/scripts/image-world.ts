import { isAlwaysThere } from "../../debian/scripts/commands.ts";
import type { FileAnswer, ScriptWorld } from "../../debian/scripts/script-world.ts";
import { bytesOfText, childOf, componentsOf, ROOT, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { debianId } from "../pieces/debian-accounts.ts";
import type { DebianArchitecture } from "../request.ts";

/** Where files come from packages and their scripts only, so that on a fresh system what no package has is not there. */
const FROM_PACKAGES = /^\/(?:etc|var|usr|opt|srv|home|boot|bin|sbin|lib[^/]*)(?:\/|$)/;
const CHANGES = /^\/var\/(?:run|lock|tmp)(?:\/|$)/;
const PROGRAM = /^\/(?:usr\/)?s?bin\/([^/]+)$/;
/** Files of what every Debian has and an image does not. */
const ELSEWHERE =
  /^\/(?:usr\/share\/debconf|var\/lib\/dpkg|etc\/(?:debian_version|shadow|gshadow|hostname|default))(?:\/|$)/;

const DIRECTORY: FileAnswer = { type: "directory", symlink: false };
const FILE: FileAnswer = { type: "file", symlink: false };
const ABSENT: FileAnswer = { type: "absent", symlink: false };

/**
 * The system as a package's scripts would find it: a Debian with nothing installed but what is in the image. `omitted`
 * are the paths of packages that slices keep out.
 */
export class ImageWorld {
  readonly #tree: Tree;
  readonly #omitted: ReadonlySet<RootPath>;
  readonly #omittedDirectories: ReadonlySet<RootPath>;
  readonly #architecture: DebianArchitecture;

  constructor(tree: Tree, omitted: ReadonlySet<RootPath>, architecture: DebianArchitecture) {
    this.#tree = tree;
    this.#omitted = omitted;
    this.#omittedDirectories = parentsOf(omitted);
    this.#architecture = architecture;
  }

  /** As a package's scripts see it. */
  of(name: string): ScriptWorld {
    const { name: architecture, tuple } = this.#architecture;
    return {
      package: name,
      architecture,
      tuple,
      file: (path) => this.#file(path),
      command: (command) => this.#command(command),
      account: (kind, account) => account === "root" || debianId(kind, account) !== undefined,
    };
  }

  #file(path: string): FileAnswer | undefined {
    if (!path.startsWith("/")) return undefined;
    const bytes = bytesOfText(path);
    const found = this.#tree.find(bytes);
    const symlink = this.#isLink(bytes);
    if (found?.node.type === "directory") {
      return { type: "directory", symlink, empty: found.node.children.size === 0 };
    }
    if (found !== undefined) return { type: "file", symlink };
    if (symlink) return { type: "absent", symlink };
    const plain = bytes.replace(/\/+/g, "/").replace(/^\/|\/$/g, "") as RootPath;
    if (this.#omitted.has(plain)) return FILE;
    if (this.#omittedDirectories.has(plain)) return DIRECTORY;
    const program = PROGRAM.exec(path)?.[1];
    if (program !== undefined) return isAlwaysThere(program) ? FILE : ABSENT;
    if (ELSEWHERE.test(path) || CHANGES.test(path)) return undefined;
    return FROM_PACKAGES.test(path) ? ABSENT : undefined;
  }

  #isLink(path: string): boolean {
    const parts = path.split("/").filter((part) => part !== "");
    const name = parts.pop();
    const parent = this.#tree.find(`/${parts.join("/")}`);
    return parent?.node.type === "directory" && parent.node.children.get(name ?? "")?.type === "symlink";
  }

  #command(name: string): boolean {
    if (isAlwaysThere(name.replace(/^.*\//, ""))) return true;
    const paths = name.startsWith("/") ? [name] : ["/usr/sbin", "/usr/bin"].map((directory) => `${directory}/${name}`);
    return paths.some((path) => this.#tree.find(bytesOfText(path)) !== undefined);
  }
}

function parentsOf(paths: ReadonlySet<RootPath>): ReadonlySet<RootPath> {
  const parents = new Set<RootPath>();
  for (const path of paths) {
    let at = ROOT;
    for (const name of componentsOf(path).slice(0, -1)) {
      at = childOf(at, name);
      parents.add(at);
    }
  }
  return parents;
}
