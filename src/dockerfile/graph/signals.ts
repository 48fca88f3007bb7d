/** Signals of Linux without SIG (signal(7)), those of real time by their first and last. */
const NAMES: ReadonlySet<string> = new Set([
  ...["ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL"],
  ...["PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1"],
  ...["USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"],
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
]);

/** Whether a text names a signal: by number, or by name with or without SIG, in upper or lower case. */
export function isSignal(text: string): boolean {
  if (/^\d{1,9}$/.test(text)) return Number(text) > 0;
  return NAMES.has(text.toUpperCase().replace(/^SIG/, ""));
}
