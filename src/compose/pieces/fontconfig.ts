import { pathFromText } from "../../rootfs/path.ts";
import { isInstalled } from "./installed.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const AVAILABLE = "/usr/share/fontconfig/conf.avail";
const CHOSEN = "/etc/fonts/conf.d";

/**
 * Of several files that do the same, the first that there is. These are the answers that debconf has for
 * fontconfig-config's questions: native hinting, slight; subpixel rendering automatic; no bitmap fonts.
 */
const DEFAULTS: readonly (readonly string[])[] = [
  ["10-hinting-slight.conf"],
  ["70-no-bitmaps-except-emoji.conf", "70-no-bitmaps.conf"],
];

/** The links in /etc/fonts/conf.d that fontconfig-config's postinst makes beside those that the package ships. */
export function fontconfig(context: PieceContext): void {
  if (!isInstalled(context, "fontconfig-config")) return;
  const write = new PieceWriter(context, "fontconfig");
  for (const names of DEFAULTS) {
    const name = names.find(
      (each) => context.editor.follow(pathFromText(`${AVAILABLE}/${each}`)).node?.type === "file",
    );
    if (name !== undefined && context.editor.get(pathFromText(`${CHOSEN}/${name}`)) === undefined) {
      write.link(`${CHOSEN}/${name}`, `${AVAILABLE}/${name}`);
    }
  }
}
