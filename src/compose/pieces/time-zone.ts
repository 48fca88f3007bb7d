import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

const ZONES = "/usr/share/zoneinfo";

/** The time zone that was asked for, as tzdata's postinst sets it: the link /etc/localtime and the name in /etc/timezone. */
export function timeZone(context: PieceContext): void {
  const { timezone } = context.settings;
  if (timezone === undefined) return;
  const zone = pathFromText(`${ZONES}/${timezone}`);
  if (context.editor.follow(zone).node?.type !== "file") throw unknownZone(context, timezone);
  const write = new PieceWriter(context, "time-zone");
  write.link("/etc/localtime", `${ZONES}/${timezone}`);
  write.file("/etc/timezone", `${timezone}\n`);
}

function unknownZone(context: PieceContext, timezone: string): DistillError {
  const start = `${pathFromText(ZONES)}/`;
  const names = [...context.editor.snapshot().entries()]
    .filter(([path, node]) => path.startsWith(start) && node.type !== "directory")
    .map(([path]: readonly [RootPath, unknown]) => path.slice(start.length));
  const guess = nearest(timezone, names);
  return new DistillError("CONFIG_INVALID", `timezone: the image has no time zone ${JSON.stringify(timezone)}`, {
    hint: guess === undefined ? "zones are named like Europe/Berlin, Asia/Tokyo, Etc/UTC" : `did you mean ${guess}?`,
  });
}
