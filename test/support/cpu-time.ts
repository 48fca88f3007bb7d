/** Milliseconds that this process has computed for: unlike a clock, it does not run while others have the processor. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
