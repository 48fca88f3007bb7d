/** A command's options and operands, once told apart. */
export interface Options {
  /** By name with its dashes; "" where it takes no value. */
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/**
 * Tells options from operands as getopt_long does, in any order. `flags` and `valued` are names with dashes ("-m",
 * "--mode"), where "-m --mode" are names of one option under its last name. Undefined for an option that is not among them.
 */
export function parseOptions(
  args: readonly string[],
  flags: readonly string[],
  valued: readonly string[],
): Options | undefined {
  const names = new Map<string, { readonly name: string; readonly takesValue: boolean }>();
  for (const [list, takesValue] of [[flags, false] as const, [valued, true] as const]) {
    for (const entry of list) {
      const all = entry.split(" ");
      for (const each of all) names.set(each, { name: all.at(-1) as string, takesValue });
    }
  }
  const values = new Map<string, string>();
  const operands: string[] = [];
  const pending = [...args].reverse();
  for (let arg = pending.pop(); arg !== undefined; arg = pending.pop()) {
    if (arg === "--") {
      operands.push(...pending.reverse());
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
      continue;
    }
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const single = !arg.startsWith("--") && arg.length > 2;
    const known = names.get(equals > 0 ? arg.slice(0, equals) : single ? arg.slice(0, 2) : arg);
    if (known === undefined) return undefined;
    if (!known.takesValue) {
      if (equals > 0) return undefined;
      values.set(known.name, "");
      if (single) pending.push(`-${arg.slice(2)}`);
      continue;
    }
    const value = equals > 0 ? arg.slice(equals + 1) : single ? arg.slice(2) : pending.pop();
    if (value === undefined) return undefined;
    values.set(known.name, value);
  }
  return { values, operands };
}
