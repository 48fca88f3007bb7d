import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { isCUtf8, localeDirectory, localePackages } from "../settings.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/**
 * The locale that was asked for: its files out of locales-all, where most are links into other locales, and
 * /etc/default/locale as update-locale(8), which the postinst of locales calls, would write it. LANG of the image's config
 * says the same.
 */
export function locale(context: PieceContext): void {
  const { locale } = context.settings;
  if (locale === undefined) return;
  const write = new PieceWriter(context, "locale");
  if (localePackages(context.settings).length > 0 && !isCUtf8(locale)) {
    const files = context.locales.of(locale);
    if (files.size === 0) throw unknownLocale(context, locale);
    for (const [path, content] of files) write.file(`/${path}`, content);
  }
  write.file("/etc/default/locale", `LANG=${locale}\n`);
}

function unknownLocale(context: PieceContext, locale: string): DistillError {
  const guess = nearest(localeDirectory(locale), context.locales.names());
  return new DistillError("CONFIG_INVALID", `locale: Debian has no locale ${JSON.stringify(locale)}`, {
    hint:
      guess === undefined
        ? "locales are named like de_DE.UTF-8, pt_BR.UTF-8 or C.UTF-8"
        : `did you mean ${guess.replace(/\.utf8$/, ".UTF-8")}?`,
  });
}
