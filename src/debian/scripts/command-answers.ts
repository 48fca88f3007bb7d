import { isQuestion } from "./commands.ts";
import type { ScriptWorld } from "./script-world.ts";
import type { Field } from "./shell-expand.ts";
import type { Value } from "./shell-state.ts";
import { evaluateVersions, type Truth } from "./shell-test.ts";

/** What a command answers, where the image tells; undefined where only a run would. */
export function truthOf(name: string, args: readonly Field[], world: ScriptWorld): Truth {
  const base = name.replace(/^.*\//, "");
  const last = args.at(-1);
  switch (base) {
    case "":
      return undefined;
    case "which":
    case "type":
    case "hash":
    case "command": {
      if (base === "command" && !/^-[vV]$/.test(args[0]?.text ?? "")) return undefined;
      return last?.known ? world.command(last.text) : undefined;
    }
    case "getent": {
      const [database, key] = args.map(({ text, known }) => (known ? text : undefined));
      if (key === undefined || (database !== "passwd" && database !== "group")) return undefined;
      return world.account(database, key);
    }
    case "id":
      return last?.known && !last.text.startsWith("-") ? world.account("passwd", last.text) : undefined;
    case "dpkg-statoverride":
      // Nobody has made an exception on a fresh system.
      return !args.some(({ text }) => text === "--list");
    case "dpkg": {
      const at = args.findIndex(({ text }) => text === "--compare-versions");
      return at < 0 ? undefined : evaluateVersions(args.slice(at + 1));
    }
    default:
      return isQuestion(base) ? undefined : true;
  }
}

/** What a command prints, known of a few only; null for any other. */
export function printedBy([first, ...args]: readonly Field[], world: ScriptWorld): Value {
  if (first === undefined || !first.known || !args.every(({ known }) => known)) return null;
  const texts = args.map(({ text }) => text);
  const [operand = "", more] = texts;
  switch (first.text) {
    case "echo":
      return texts[0]?.startsWith("-") || operand.includes("\\") ? null : texts.join(" ");
    case "basename":
      return more === undefined
        ? (operand
            .split("/")
            .filter((part) => part !== "")
            .at(-1) ?? "/")
        : null;
    case "dirname":
      return operand.includes("/") ? operand.replace(/\/+[^/]*\/*$/, "") || "/" : ".";
    case "dpkg":
      return operand === "--print-architecture" && more === undefined ? world.architecture : null;
    case "dpkg-architecture":
      return /^-q\s*DEB_(?:HOST|BUILD)_MULTIARCH$/.test(texts.join("")) ? world.tuple : null;
    default:
      return null;
  }
}
