import { componentsOf } from "../../rootfs/path.ts";
import type { Cataloger } from "../cataloger.ts";
import type { LicensesClaim } from "../claim.ts";
import { isPackageName } from "./debian/names.ts";
import { linesOf } from "./lines.ts";
import { tellOnce } from "./once.ts";

const COPYRIGHT = /^usr\/share\/doc\/[^/]+\/copyright$/;

const MAX_SIZE = 8 * 1024 * 1024;
const MAX_LINE = 64 * 1024;
const MAX_LICENSES = 1000;

/** What says that a file is machine-readable (copyright-format 1.0, and drafts of it). */
const FORMAT = /^Format(?:-Specification)?:/i;
const LICENSE = /^License:[ \t]*([!-~][ -~]{0,254})$/i;
/** Of other files only what cannot be a sentence. */
const ONE_WORD = /^\S{1,64}$/;
const COMMON = /\/usr\/share\/common-licenses\/([0-9A-Za-z](?:[0-9A-Za-z+._-]{0,62}[0-9A-Za-z+])?)/g;

/**
 * Licences of a Debian package, by /usr/share/doc/NAME/copyright (Debian Policy 12.5): the short names of a machine-readable file, as they
 * stand there, or else the licences in /usr/share/common-licenses that the text refers to. In their order, each once.
 */
export const debianCopyrightCataloger: Cataloger = {
  name: "debian-copyright",
  wants: ({ path }) => COPYRIGHT.test(path),
  read: async (file, _layer, warn): Promise<readonly LicensesClaim[]> => {
    const name = componentsOf(file.path)[3] ?? "";
    if (!isPackageName(name)) return [];
    const tell = tellOnce(file.path, warn);
    if (file.content.size > MAX_SIZE) {
      tell(`it is larger than ${MAX_SIZE} bytes and is not read`);
      return [];
    }
    const found = new LicensesFound();
    for await (const lines of linesOf(file.content, MAX_LINE)) {
      for (const line of lines) {
        if (line === undefined) tell(`a line is longer than ${MAX_LINE} bytes`);
        else found.read(line);
      }
    }
    const licenses = found.licenses();
    return licenses.length === 0 ? [] : [{ kind: "licenses", type: "deb", name, licenses }];
  },
};

const COMMON_PLACE = Buffer.from("/common-licenses/");
const BEGINNINGS: ReadonlySet<number | undefined> = new Set(Buffer.from("FfLl"));

class LicensesFound {
  readonly #named = new Set<string>();
  readonly #referred = new Set<string>();
  #isMachineReadable = false;

  /** Most lines say nothing of a licence, and no text is made of them. */
  read(line: Buffer): void {
    if (BEGINNINGS.has(line[0])) this.#readField(line.toString("utf8").trimEnd());
    if (!line.includes(COMMON_PLACE)) return;
    for (const [, referred = ""] of line.toString("latin1").matchAll(COMMON)) add(this.#referred, referred);
  }

  #readField(line: string): void {
    if (FORMAT.test(line)) this.#isMachineReadable = true;
    const [, license] = LICENSE.exec(line) ?? [];
    if (license !== undefined) add(this.#named, license);
  }

  licenses(): readonly string[] {
    const named = [...this.#named].filter((text) => this.#isMachineReadable || ONE_WORD.test(text));
    return named.length > 0 ? named : [...this.#referred];
  }
}

function add(to: Set<string>, license: string): void {
  if (to.size < MAX_LICENSES) to.add(license);
}
