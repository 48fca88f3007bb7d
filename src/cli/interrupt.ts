const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Aborted by the first Ctrl-C (or SIGTERM): the verb then cleans up and ends. The second one ends the process at once, as if
 * nobody had listened, whatever it waits for (process.exit would first wait for file system calls that hang). Listens until
 * the process ends: a signal that comes when all is done must not turn that into a failure.
 */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (!interrupt.signal.aborted) {
      interrupt.abort();
      return;
    }
    for (const each of SIGNALS) process.off(each, onSignal);
    process.kill(process.pid, name);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return interrupt.signal;
}
