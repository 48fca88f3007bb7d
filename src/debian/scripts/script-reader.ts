import { printedBy, truthOf } from "./command-answers.ts";
import { CommandLog, type ReachedCommand } from "./command-log.ts";
import type { ScriptWorld } from "./script-world.ts";
import { expandFields, expandPattern, expandText, type Field } from "./shell-expand.ts";
import { parseShell } from "./shell-parser.ts";
import { matchesPattern } from "./shell-pattern.ts";
import { mergeAll, ShellState, type Value } from "./shell-state.ts";
import type { Command, Redirect, SimpleCommand, Word } from "./shell-syntax.ts";
import { evaluateTest, not, type Truth } from "./shell-test.ts";
import { assignedIn, declared, readInto, withSet } from "./shell-variables.ts";
import { MAX_DEPTH, ShellSyntaxError } from "./shell-words.ts";

export interface ScriptReading {
  /** Each once, in the order in which they would run. */
  readonly commands: readonly ReachedCommand[];
  /** Why the script, or the rest of it, could not be read; undefined where all of it was. */
  readonly problem: { readonly line: number; readonly what: string } | undefined;
}

/** Most commands that are followed in one script, loops and calls counted each time. */
const MAX_STEPS = 10_000;
const MAX_CALLS = 20;

/**
 * Reads a maintainer script for sh without running it: which commands it would run with these arguments, such as
 * ["configure", ""] at a fresh installation (Debian Policy 6.5), and what becomes of each (commands.ts). Conditions that
 * are certain are followed; where only a run would show the way, both ways are read, and what would change files there is
 * not taken as done. Reading takes bounded time and memory whatever the text is, and never fails.
 */
export function readScript(text: string, args: readonly string[], world: ScriptWorld): ScriptReading {
  const reader = new ScriptReader(world);
  try {
    reader.run(parseShell(text), new ShellState(environmentOf(world), args));
    return { commands: reader.commands, problem: undefined };
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return { commands: reader.commands, problem: { line: error.line, what: error.message } };
  }
}

/** What dpkg tells scripts (dpkg(1), "Internal environment"). */
function environmentOf({ package: name, architecture }: ScriptWorld): ReadonlyMap<string, Value> {
  return new Map([
    ["DPKG_ROOT", ""],
    ["DPKG_MAINTSCRIPT_PACKAGE", name],
    ["DPKG_MAINTSCRIPT_ARCH", architecture],
    ["DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT", "1"],
  ]);
}

/** What is known behind a command. `state` is undefined where nothing is reached any more. */
interface Outcome {
  readonly state: ShellState | undefined;
  readonly truth: Truth;
}

type FunctionBody = Command;

class ScriptReader {
  readonly #log: CommandLog;
  readonly #world: ScriptWorld;
  readonly #functions = new Map<string, FunctionBody>();
  /** How `return` left the function, and `break` and `continue` the loop, that is being read. */
  #returns: Outcome[] = [];
  #breaks: ShellState[] = [];
  #continues: ShellState[] = [];
  #steps = 0;
  #calls = 0;
  #depth = 0;
  /** Above 0 where it is not certain that the script comes here. */
  #doubts = 0;
  #line = 1;

  constructor(world: ScriptWorld) {
    this.#world = {
      ...world,
      file: (path) => this.#log.made(path) ?? world.file(path),
      command: (name) => (this.#functions.has(name) ? true : world.command(name)),
      account: (kind, name) => world.account(kind, name),
    };
    this.#log = new CommandLog(this.#world);
  }

  get commands(): readonly ReachedCommand[] {
    return this.#log.commands;
  }

  run(commands: readonly Command[], state: ShellState | undefined): Outcome {
    let outcome: Outcome = { state, truth: true };
    for (const command of commands) {
      if (outcome.state === undefined) break;
      outcome = this.#command(command, outcome.state);
    }
    return outcome;
  }

  #command(command: Command, state: ShellState): Outcome {
    if (++this.#steps > MAX_STEPS) throw new ShellSyntaxError(this.#line, "it does more than can be followed");
    if (++this.#depth > MAX_DEPTH * MAX_CALLS) throw new ShellSyntaxError(this.#line, "it is nested too deeply");
    try {
      return this.#dispatch(command, state);
    } finally {
      this.#depth--;
    }
  }

  #dispatch(command: Command, state: ShellState): Outcome {
    switch (command.kind) {
      case "simple":
        return this.#simple(command, state);
      case "pipeline":
        return this.#pipeline(command.commands, command.negated, state);
      case "and-or":
        return command.rest.reduce<Outcome>(
          (left, { operator, command }) => this.#andOr(left, operator, command),
          this.#command(command.first, state),
        );
      case "if":
        return this.#if(command.branches, command.otherwise, state);
      case "while":
        return this.#while(command, state);
      case "for":
        return this.#for(command, state);
      case "case":
        return this.#case(command, state);
      case "function":
        this.#functions.set(command.name, command.body);
        return { state, truth: true };
      default:
        return this.#group(command, state);
    }
  }

  #pipeline(commands: readonly Command[], negated: boolean, state: ShellState): Outcome {
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) {
      const { state: after, truth } = this.#command(only, state);
      return { state: after, truth: negated ? not(truth) : truth };
    }
    for (const each of commands) this.#subshell([each], state);
    return { state, truth: undefined };
  }

  #subshell(body: readonly Command[], state: ShellState): Outcome {
    const [returns, breaks, continues] = [this.#returns, this.#breaks, this.#continues];
    [this.#returns, this.#breaks, this.#continues] = [[], [], []];
    const { truth } = this.run(body, state);
    [this.#returns, this.#breaks, this.#continues] = [returns, breaks, continues];
    return { state, truth };
  }

  #andOr(left: Outcome, operator: "&&" | "||", right: Command): Outcome {
    if (left.state === undefined) return left;
    const goes = operator === "&&" ? left.truth : not(left.truth);
    if (goes === false) return left;
    if (goes === true) return this.#command(right, left.state);
    const taken = this.#inDoubt(() => this.#command(right, left.state as ShellState));
    const skipped: Outcome = { state: left.state, truth: operator === "||" };
    return this.#joined([skipped, taken]);
  }

  #if(
    branches: readonly { readonly condition: readonly Command[]; readonly body: readonly Command[] }[],
    otherwise: readonly Command[],
    state: ShellState,
  ): Outcome {
    const outcomes: Outcome[] = [];
    let at: ShellState | undefined = state;
    for (const { condition, body } of branches) {
      const asked: Outcome = this.#maybe(outcomes.length > 0, () => this.run(condition, at));
      at = asked.state;
      if (at === undefined || asked.truth === false) continue;
      outcomes.push(this.#maybe(outcomes.length > 0 || asked.truth === undefined, () => this.run(body, at)));
      if (asked.truth === true) return this.#joined(outcomes);
    }
    if (at !== undefined) outcomes.push(this.#maybe(outcomes.length > 0, () => this.run(otherwise, at)));
    return this.#joined(outcomes);
  }

  /** A loop's body is read once, with what it changes unknown. */
  #while(loop: Extract<Command, { kind: "while" }>, state: ShellState): Outcome {
    const first = this.run(loop.condition, state);
    const goes = loop.until ? not(first.truth) : first.truth;
    if (first.state === undefined || goes === false) return { state: first.state, truth: true };
    let open = first.state;
    for (const name of assignedIn([...loop.condition, ...loop.body])) open = open.with(name, null);
    if (/\bshift\b/.test(JSON.stringify(loop.body))) open = open.withArguments(undefined);
    const { goesOn, left } = this.#turn(() => this.#inDoubt(() => this.run(loop.body, open)));
    return { state: mergeAll([open, goesOn, ...left]), truth: undefined };
  }

  #for(loop: Extract<Command, { kind: "for" }>, state: ShellState): Outcome {
    const words = loop.words ?? [POSITIONAL];
    const fields = words.flatMap((word) => this.#fields(word, state));
    let at: ShellState | undefined = state;
    if (fields.every((field) => field.known)) {
      const left: ShellState[] = [];
      let truth: Truth = true;
      for (const { text } of fields) {
        if (at === undefined) break;
        const here = at.with(loop.variable, text);
        const turn = this.#turn(() => this.run(loop.body, here));
        [at, truth] = [turn.goesOn, turn.truth];
        left.push(...turn.left);
      }
      return { state: mergeAll([at, ...left]), truth: left.length > 0 ? undefined : truth };
    }
    let open = state;
    for (const name of assignedIn(loop.body)) open = open.with(name, null);
    // Each word that is known is read for itself; those that are not, once.
    for (const field of uniqueFields(fields)) {
      const here = open.with(loop.variable, field.known ? field.text : null);
      this.#turn(() => this.#maybe(!field.known, () => this.run(loop.body, here)));
    }
    return { state: open.with(loop.variable, null), truth: undefined };
  }

  /** One turn of a loop: what is known where it goes on with the next, and wherever `break` leaves it. */
  #turn(body: () => Outcome): { goesOn: ShellState | undefined; left: readonly ShellState[]; truth: Truth } {
    const [breaks, continues] = [this.#breaks, this.#continues];
    [this.#breaks, this.#continues] = [[], []];
    const { state, truth } = body();
    const turn = { goesOn: mergeAll([state, ...this.#continues]), left: this.#breaks, truth };
    [this.#breaks, this.#continues] = [breaks, continues];
    return turn;
  }

  #case({ subject, items }: Extract<Command, { kind: "case" }>, state: ShellState): Outcome {
    const text = this.#text(subject, state);
    const outcomes: Outcome[] = [];
    for (const { patterns, body } of items) {
      const matches = patterns.map((pattern) => this.#matches(text, pattern, state));
      const truth = matches.includes(true) ? true : matches.includes(undefined) ? undefined : false;
      if (truth === false) continue;
      outcomes.push(this.#maybe(outcomes.length > 0 || truth === undefined, () => this.run(body, state)));
      if (truth === true) return this.#joined(outcomes);
    }
    return this.#joined([...outcomes, { state, truth: true }]);
  }

  #matches(text: Value, word: Word, state: ShellState): Truth {
    const pattern = expandPattern(word, state, (body) => this.#output(body, state));
    if (pattern === "*") return true;
    return text === null || pattern === null ? undefined : matchesPattern(text, pattern);
  }

  #group(group: Extract<Command, { kind: "group" }>, state: ShellState): Outcome {
    const outcome = group.subshell ? this.#subshell(group.body, state) : this.run(group.body, state);
    const writes = this.#writes(group.redirects, state);
    if (writes.length > 0) this.#log.record(group.line, [{ text: "{ ... }", known: false }], writes, this.#doubts > 0);
    return outcome;
  }

  #simple(command: SimpleCommand, state: ShellState): Outcome {
    this.#line = command.line;
    const words = command.words.flatMap((word) => this.#fields(word, state));
    const writes = this.#writes(command.redirects, state);
    const [first, ...args] = words;
    if (first === undefined) {
      if (writes.length > 0) this.#log.record(command.line, [], writes, this.#doubts > 0);
      return { state: this.#assigned(command, state), truth: this.#assignmentTruth(command, state) };
    }
    const name = first.known ? first.text : "";
    const body = this.#functions.get(name);
    if (body !== undefined) return this.#call(body, args, this.#assigned(command, state));
    const builtin = this.#builtin(name, args, state);
    if (builtin !== undefined) {
      if (writes.length > 0) this.#log.record(command.line, words, writes, this.#doubts > 0);
      return builtin;
    }
    this.#log.record(command.line, words, writes, this.#doubts > 0);
    return { state: readInto(name, args, state), truth: truthOf(name, args, this.#world) };
  }

  #assigned(command: SimpleCommand, state: ShellState): ShellState {
    return command.assignments.reduce((at, { name, value }) => at.with(name, this.#text(value, at)), state);
  }

  #assignmentTruth(command: SimpleCommand, state: ShellState): Truth {
    const values = command.assignments.map(({ value }) => this.#text(value, state));
    return values.includes(null) ? undefined : true;
  }

  /** What changes the script's own course or variables; undefined for any other command. */
  #builtin(name: string, args: readonly Field[], state: ShellState): Outcome | undefined {
    const [first] = args;
    switch (name) {
      case ":":
      case "true":
        return { state, truth: true };
      case "false":
        return { state, truth: false };
      case "test":
        return { state, truth: evaluateTest(args, this.#world) };
      case "[":
      case "[[":
        return {
          state,
          truth: args.at(-1)?.text.startsWith("]") ? evaluateTest(args.slice(0, -1), this.#world) : undefined,
        };
      case "exit":
        // Behind a way out that a working system does not take, the rest is as certain as before.
        if (this.#doubts > 0 && (first === undefined || first.text === "0")) this.#doubts += DOUBT_TO_THE_END;
        return { state: undefined, truth: undefined };
      case "return":
        this.#returns.push({ state, truth: first === undefined || !first.known ? undefined : first.text === "0" });
        return { state: undefined, truth: undefined };
      case "break":
        this.#breaks.push(state);
        return { state: undefined, truth: undefined };
      case "continue":
        this.#continues.push(state);
        return { state: undefined, truth: undefined };
      case "export":
      case "local":
      case "readonly":
      case "declare":
      case "typeset":
        return { state: declared(args, name === "local", state), truth: true };
      case "unset":
        return { state: args.reduce((at, { text }) => at.without(text), state), truth: true };
      case "set":
        return { state: withSet(args, state), truth: true };
      case "shift": {
        const count = first === undefined ? 1 : first.known ? Number(first.text) : Number.NaN;
        const rest = Number.isInteger(count) && count >= 0 ? state.positional?.slice(count) : undefined;
        return { state: state.withArguments(rest), truth: undefined };
      }
      case ".":
      case "source":
        return { state: /\/confmodule$/.test(first?.text ?? "") ? state : state.opened(), truth: true };
      default:
        return undefined;
    }
  }

  #call(body: FunctionBody, args: readonly Field[], state: ShellState): Outcome {
    if (++this.#calls > MAX_CALLS) throw new ShellSyntaxError(this.#line, "its functions call one another too deeply");
    const outer = this.#returns;
    this.#returns = [];
    const values = args.map(({ text, known }) => (known ? text : null));
    const last = this.#command(body, state.withArguments(values));
    const { state: after, truth } = this.#joined([...this.#returns, last]);
    this.#returns = outer;
    this.#calls--;
    return { state: after?.withArguments(state.positional), truth };
  }

  #fields(word: Word, state: ShellState): readonly Field[] {
    return expandFields(word, state, (body) => this.#output(body, state));
  }

  #text(word: Word, state: ShellState): Value {
    return expandText(word, state, (body) => this.#output(body, state));
  }

  /** What a substitution prints: known of a few commands only. All of its commands count as reached. */
  #output(body: readonly Command[], state: ShellState): Value {
    const [only, more] = body;
    if (only?.kind === "simple" && more === undefined && only.redirects.length === 0) {
      const words = only.words.flatMap((word) => this.#fields(word, state));
      const printed = printedBy(words, this.#world);
      if (printed !== null) return printed;
    }
    this.#subshell(body, state);
    return null;
  }

  /** The files that redirections write to. */
  #writes(redirects: readonly Redirect[], state: ShellState): readonly Field[] {
    const targets = redirects.filter(({ operator }) => operator.includes(">") && !/[<]/.test(operator));
    return targets.flatMap(({ operator, target }) => {
      const text = this.#text(target, state);
      if (operator.endsWith(">&") && (text === null || /^[0-9-]+$/.test(text))) return [];
      return [{ text: text ?? target.source, known: text !== null }];
    });
  }

  #joined(outcomes: readonly Outcome[]): Outcome {
    const reached = outcomes.filter(({ state }) => state !== undefined);
    const [first] = reached;
    const same = reached.every(({ truth }) => truth === first?.truth);
    return { state: mergeAll(reached.map(({ state }) => state)), truth: same ? first?.truth : undefined };
  }

  #maybe<T>(doubtful: boolean, read: () => T): T {
    return doubtful ? this.#inDoubt(read) : read();
  }

  #inDoubt<T>(read: () => T): T {
    this.#doubts++;
    const result = read();
    this.#doubts--;
    return result;
  }
}

/** Large enough that leaving doubtful branches never takes the doubt back. */
const DOUBT_TO_THE_END = 1_000_000;

const POSITIONAL: Word = {
  parts: [{ kind: "parameter", name: "@", operator: "", operand: undefined, quoted: true }],
  source: '"$@"',
};

function uniqueFields(fields: readonly Field[]): readonly Field[] {
  const unknown = fields.find(({ known }) => !known);
  return [...fields.filter(({ known }) => known), ...(unknown === undefined ? [] : [unknown])];
}
