import { bytesContent } from "../../rootfs/content.ts";
import { nameOf, type RootPath } from "../../rootfs/path.ts";
import type { Cataloger, LayerFile, LayerView } from "../cataloger.ts";
import type { FilesClaim } from "../claim.ts";
import { isPackageName } from "./debian/names.ts";
import { checkedPaths, listedPaths } from "./debian/path-list.ts";
import { readRecords } from "./debian/record-fields.ts";
import { tellOnce } from "./once.ts";
import { readHead } from "./read-head.ts";

const LIST = /^var\/lib\/dpkg\/info\/[^/]+\.list$/;
const CHECKSUMS = /^var\/lib\/dpkg\/(?:info|status\.d)\/[^/]+\.md5sums$/;
const SUFFIX = /\.(?:list|md5sums)$/;

const MAX_SIZE = 64 * 1024 * 1024;
/** The fields that name a package stand at the beginning of its stanza. */
const MAX_STANZA = 64 * 1024;
const NAMING: ReadonlySet<string> = new Set(["package", "architecture"]);

/**
 * Which files dpkg unpacked of a package: its lists in /var/lib/dpkg/info/NAME[:ARCHITECTURE].list, and checksums in .md5sums there, or in
 * status.d of distroless images. There the stanza beside them has the name: that of the file may be another one.
 */
export const dpkgFilesCataloger: Cataloger = {
  name: "dpkg-files",
  wants: ({ path }) => LIST.test(path) || CHECKSUMS.test(path),
  read: async (file, layer, warn): Promise<readonly FilesClaim[]> => {
    const tell = tellOnce(file.path, warn);
    const named = await packageNamed(file.path, layer);
    if (named === undefined) tell("its name is that of no package");
    else if (file.content.size > MAX_SIZE) tell(`it is larger than ${MAX_SIZE} bytes and is not read`);
    else {
      const listed = LIST.test(file.path)
        ? { files: await listedPaths(file.content, tell), md5: [] }
        : await checkedPaths(file.content, tell);
      return listed.files.length === 0 ? [] : [{ kind: "files", type: "deb", ...named, ...listed }];
    }
    return [];
  },
};

type Named = Pick<FilesClaim, "name" | "architecture">;

async function packageNamed(path: RootPath, layer: LayerView): Promise<Named | undefined> {
  const stanza = layer.file(path.replace(SUFFIX, "") as RootPath);
  const named = stanza === undefined ? undefined : await namedIn(stanza);
  if (named !== undefined) return named;
  const [, name = "", architecture] = /^([^:]+)(?::(.+))?$/.exec(nameOf(path).replace(SUFFIX, "")) ?? [];
  return isPackageName(name) && isPackageName(architecture ?? name) ? { name, architecture } : undefined;
}

/** What is wrong with the stanza is told by who reads it whole. */
async function namedIn(stanza: LayerFile): Promise<Named | undefined> {
  const head = bytesContent(await readHead(stanza.content, MAX_STANZA));
  for await (const { fields } of readRecords(head, NAMING, () => undefined)) {
    const [name = "", architecture] = [fields.get("package"), fields.get("architecture")];
    const isNamed = isPackageName(name) && isPackageName(architecture ?? name);
    return isNamed ? { name, architecture } : undefined;
  }
  return undefined;
}
