import { heredocContent, readHeredocMarker } from "../heredocs.ts";
import type { RunInstruction } from "../instruction.ts";

/** One command of a shell script: the program without its directory, and what it is given, without quotes. */
export interface ShellCommand {
  readonly program: string;
  readonly arguments: readonly string[];
}

/** Words of the shell before a command, and programs that run the one behind them. */
const BEFORE: ReadonlySet<string> = new Set(
  "if then else elif while until do ! { ( time exec command env sudo nice eatmydata nohup".split(" "),
);
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh"]);
const BETWEEN = ";&|()\n`";
const MAX_DEPTH = 5;
/** Characters of a script that are looked at; far above what anybody writes into a Dockerfile. */
const MAX_SCRIPT = 256 * 1024;

/** Several rules ask about the same RUN. */
const KNOWN = new WeakMap<RunInstruction, readonly ShellCommand[]>();

/** The commands that a RUN runs, as far as its text shows them: what variables hold is not followed. */
export function commandsOf(run: RunInstruction): readonly ShellCommand[] {
  const commands = KNOWN.get(run) ?? readCommands(run);
  KNOWN.set(run, commands);
  return commands;
}

function readCommands({ command, statement }: RunInstruction): readonly ShellCommand[] {
  if (command.form === "exec") return named(command.arguments.map(({ text }) => text));
  const { text } = command.text;
  const documents = statement.heredocs.map(heredocContent);
  const [first] = documents;
  // A document alone is the script; others are given to programs.
  return shellCommands(first !== undefined && readHeredocMarker(text) !== undefined ? first : text);
}

/** The simple commands of a script, in order, those of `sh -c` and of substitutions included. */
export function shellCommands(script: string, depth = 0): readonly ShellCommand[] {
  if (depth > MAX_DEPTH) return [];
  return splitCommands(script.slice(0, MAX_SCRIPT)).flatMap((words) => named(words, depth));
}

export function isShell(program: string): boolean {
  return SHELLS.has(baseName(program));
}

function named(words: readonly string[], depth = 0): readonly ShellCommand[] {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    const isOption = at > 0 && word.startsWith("-");
    if (!BEFORE.has(baseName(word)) && !/^\w+=/.test(word) && !isOption) break;
  }
  const [program, ...given] = words.slice(at);
  if (program === undefined || program === "") return [];
  const inner = given.findIndex((word) => /^-[a-z]*c$/.test(word));
  const script = isShell(program) && inner >= 0 ? given[inner + 1] : undefined;
  return script === undefined ? [{ program: baseName(program), arguments: given }] : shellCommands(script, depth + 1);
}

/** Words of each command: split at operators and spaces that are not quoted. */
function splitCommands(script: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let quote = "";
  const endWord = (): void => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (let at = 0; at < script.length; at++) {
    const character = script[at] ?? "";
    if (quote !== "" && character === quote) quote = "";
    else if (character === "\\" && quote !== "'") {
      at++;
      if (script[at] !== "\n") word = (word ?? "") + (script[at] ?? "");
    } else if (quote !== "") word = (word ?? "") + character;
    else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (BETWEEN.includes(character)) {
      endWord();
      commands.push([]);
    } else if (character === " " || character === "\t" || character === "\r") endWord();
    else if (character === "#" && word === undefined) {
      while (at + 1 < script.length && script[at + 1] !== "\n") at++;
    } else word = (word ?? "") + character;
  }
  endWord();
  return commands.filter((words) => words.length > 0);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
