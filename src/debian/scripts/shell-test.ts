import { compareVersions } from "../package/version.ts";
import type { ScriptWorld } from "./script-world.ts";
import type { Field } from "./shell-expand.ts";

/** True, false, or undefined: only a run would show it. */
export type Truth = boolean | undefined;

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

type Files = Pick<ScriptWorld, "file">;

/** What `test` (and `[` without its bracket) says of its arguments (POSIX, "test"). */
export function evaluateTest(args: readonly Field[], world: Files): Truth {
  // An unknown argument may be none or several.
  if (args.length > 200) return undefined;
  return new Test(args, world).evaluate();
}

class Test {
  readonly #args: readonly Field[];
  readonly #world: Files;
  #at = 0;

  constructor(args: readonly Field[], world: Files) {
    this.#args = args;
    this.#world = world;
  }

  evaluate(): Truth {
    if (this.#args.length === 0) return false;
    const truth = this.#or();
    return this.#at === this.#args.length ? truth : undefined;
  }

  #or(): Truth {
    let truth = this.#and();
    while (this.#take("-o")) {
      const right = this.#and();
      truth = truth === true || right === true ? true : truth === false && right === false ? false : undefined;
    }
    return truth;
  }

  #and(): Truth {
    let truth = this.#not();
    while (this.#take("-a")) {
      const right = this.#not();
      truth = truth === false || right === false ? false : truth === true && right === true ? true : undefined;
    }
    return truth;
  }

  #not(): Truth {
    let negated = false;
    while (this.#args.length - this.#at > 1 && !this.#isBinary() && this.#take("!")) negated = !negated;
    const truth = this.#primary();
    return negated ? not(truth) : truth;
  }

  #primary(): Truth {
    const [first, second, third] = this.#args.slice(this.#at, this.#at + 3);
    if (first === undefined) return undefined;
    if (this.#isBinary()) {
      this.#at += 3;
      return binary(first, (second as Field).text, third as Field);
    }
    if (second !== undefined && first.known && /^-[a-zA-Z]$/.test(first.text) && first.text !== "-a") {
      this.#at += 2;
      return this.#unary(first.text, second);
    }
    this.#at++;
    return first.known ? first.text !== "" : undefined;
  }

  #isBinary(): boolean {
    const operator = this.#args[this.#at + 1];
    if (operator === undefined || this.#args[this.#at + 2] === undefined) return false;
    return operator.known && /^(?:=|==|!=|-(?:eq|ne|gt|ge|lt|le|nt|ot|ef))$/.test(operator.text);
  }

  #unary(operator: string, { text, known }: Field): Truth {
    if (!known) return undefined;
    if (operator === "-n") return text !== "";
    if (operator === "-z") return text === "";
    if (!"-e-f-d-h-L-r-x-s-w".includes(operator)) return undefined;
    if (text === "") return false;
    const answer = this.#world.file(text);
    if (answer === undefined) return undefined;
    switch (operator) {
      case "-h":
      case "-L":
        return answer.symlink;
      case "-f":
        return answer.type === "file";
      case "-d":
        return answer.type === "directory";
      case "-s":
        return answer.type === "absent" ? false : undefined;
      default:
        return answer.type !== "absent";
    }
  }

  #take(text: string): boolean {
    const field = this.#args[this.#at];
    if (!field?.known || field.text !== text) return false;
    this.#at++;
    return true;
  }
}

function binary(left: Field, operator: string, right: Field): Truth {
  if (!left.known || !right.known) return undefined;
  if (operator === "=" || operator === "==") return left.text === right.text;
  if (operator === "!=") return left.text !== right.text;
  if (!/^-?[0-9]{1,15}$/.test(left.text) || !/^-?[0-9]{1,15}$/.test(right.text)) return undefined;
  const order = Math.sign(Number(left.text) - Number(right.text));
  return holds(order, operator.slice(1));
}

/** What `dpkg --compare-versions A RELATION B` says; an empty version is earlier than any other, "-nl": later. */
export function evaluateVersions([left, relation, right]: readonly Field[]): Truth {
  if (!left?.known || !relation?.known || !right?.known) return undefined;
  const symbols: Record<string, string> = {
    "<<": "lt",
    "<": "le",
    "<=": "le",
    "=": "eq",
    ">=": "ge",
    ">": "ge",
    ">>": "gt",
  };
  const name = symbols[relation.text] ?? relation.text;
  const last = name.endsWith("-nl");
  const empty = (text: string): number => (text === "" ? 1 : 0) * (last ? 1 : -1);
  const order = empty(left.text) - empty(right.text) || compareVersions(left.text, right.text);
  return holds(order, last ? name.slice(0, -3) : name);
}

function holds(order: number, relation: string): Truth {
  switch (relation) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
    case "gt":
      return order > 0;
    case "ge":
      return order >= 0;
    default:
      return undefined;
  }
}
