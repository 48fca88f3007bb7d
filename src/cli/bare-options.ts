/** Options whose value, where they have one, is behind an equals sign: a word that follows is an argument of its own. */
const WITH_EQUALS = ["--compose", "--no-cache", "--sbom", "--tree"];

/** The arguments with an equals sign behind options that stand without a value. What follows `--` stays. */
export function withEquals(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return args.map((arg, index) => ((end < 0 || index < end) && WITH_EQUALS.includes(arg) ? `${arg}=` : arg));
}
