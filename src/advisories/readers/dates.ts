/** RFC 3339, section 5.6; also zones as `+0000`, which FIRST writes. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(?:[Zz]|([+-]\d{2}):?(\d{2}))$/;

/** The year 1 stands for no time in what Go programs write. */
const NO_TIME = "0001-";

/** A time as RFC 3339 has it; undefined for what is none. */
export function dateTime(text: string): string | undefined {
  const [, day, time, fraction = "", hours = "+00", minutes = "00"] = DATE_TIME.exec(text) ?? [];
  if (day === undefined || day.startsWith(NO_TIME) || Number.isNaN(Date.parse(`${day}T${time}Z`))) return undefined;
  const zone = hours.slice(1) === "00" && minutes === "00" ? "Z" : `${hours}:${minutes}`;
  return `${day}T${time}${fraction}${zone}`;
}

/** A day as `2026-01-27`; undefined for what is none. */
export function dayOf(text: string): string | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
