import { DistillError } from "../../lib/errors.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { localeDirectory, localePackages } from "../settings.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const DATA = "/usr/lib/locale";

/**
 * The locale that was asked for. Its data is of locales-all (the other locales are a slice); /etc/default/locale is what
 * update-locale(8), which locales' postinst calls, would write. LANG of the image's config says the same.
 */
export function locale(context: PieceContext): void {
  const { locale } = context.settings;
  if (locale === undefined) return;
  if (localePackages(context.settings).length > 0) {
    const data = context.editor.follow(pathFromText(`${DATA}/${localeDirectory(locale)}`)).node;
    if (data?.type !== "directory") {
      throw new DistillError("CONFIG_INVALID", `locale: Debian has no locale ${JSON.stringify(locale)}`, {
        hint: "locales are named like de_DE.UTF-8, pt_BR.UTF-8 or C.UTF-8 (/usr/share/i18n/SUPPORTED of a Debian lists them)",
      });
    }
  }
  new PieceWriter(context, "locale").file("/etc/default/locale", `LANG=${locale}\n`);
}
