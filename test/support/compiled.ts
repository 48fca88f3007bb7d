import { join, resolve } from "node:path";
import { runProgram } from "./engine.ts";

const PROGRAMS = resolve(import.meta.dirname, "../programs");

/** Compiles a program of test/programs for this machine, as one file that needs no library; returns its path. */
export async function compileGo(name: string, directory: string): Promise<string> {
  const output = join(directory, name.replace(/\.go$/, ""));
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-trimpath", GO111MODULE: "off" };
  await must("go", ["build", "-o", output, join(PROGRAMS, name)], env);
  return output;
}

/** Compiles a program of test/programs with gcc or g++ and the flags; returns its path. */
export async function compileC(name: string, directory: string, ...flags: readonly string[]): Promise<string> {
  const output = join(directory, name.replace(/\.\w+$/, ""));
  const compiler = name.endsWith(".cc") ? "g++" : "gcc";
  await must(compiler, ["-O1", "-o", output, join(PROGRAMS, name), ...flags], process.env);
  return output;
}

async function must(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { status, stdout, stderr } = await runProgram(file, args, { env });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
}
