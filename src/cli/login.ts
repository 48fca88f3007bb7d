import { type Command, Option } from "commander";
import type { Verdict } from "../app/sign-in.ts";
import { DistillError } from "../lib/errors.ts";
import type { Credential } from "../registry/auth/credential.ts";
import type { LoginPlace } from "../registry/auth/saved-logins.ts";
import { tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface LoginFlags {
  readonly username: string | undefined;
  readonly passwordStdin: boolean;
  readonly password: string | undefined;
  readonly tlsVerify: boolean;
}

/** `distill login HOST` */
export function addLogin(program: Command, { signal }: VerbContext): void {
  program
    .command("login")
    .description("sign in to a registry; docker, podman and skopeo then are signed in too, and the other way round")
    .argument("<registry>", "HOST or HOST:PORT; docker.io for Docker Hub")
    .option("-u, --username <name>", "who signs in (default: asked for)")
    .option("--password-stdin", "read the password or access token from standard input", false)
    .addOption(new Option("-p, --password <password>").hideHelp())
    .addOption(tlsVerifyOption())
    .action(async (given: string, flags: LoginFlags) => {
      refuseOpenPassword(flags);
      const { parseRegistry, verifyLogin } = await import("../app/sign-in.ts");
      const { closeHttp } = await import("../lib/http/agent.ts");
      const registry = parseRegistry(given);
      const options = { tlsVerify: flags.tlsVerify, signal };
      const verify = (credential: Credential): Promise<Verdict> => verifyLogin(registry, credential, options);
      try {
        const known = await knownLogin(registry, flags, signal);
        if (known !== undefined && (await isStillGood(known, verify))) {
          process.stdout.write(
            `${registry}: signed in already${known.kind === "password" ? ` as ${known.username}` : ""}\n`,
          );
          return;
        }
        const login = await askForLogin(registry, flags, known, signal);
        const verdict = await verify({ kind: "password", ...login });
        await keep(registry, login, verdict, signal);
      } finally {
        await closeHttp();
      }
    });
}

function refuseOpenPassword({ password, passwordStdin, username }: LoginFlags): void {
  if (password !== undefined) {
    throw new DistillError("USAGE", "a password on the command line can be read by everybody on this machine", {
      hint: "pipe it in with --password-stdin, or leave -p out and type it",
    });
  }
  if (passwordStdin && username === undefined) {
    throw new DistillError("USAGE", "--password-stdin needs to know whose password it is", {
      hint: "add -u USER",
    });
  }
}

/** What is stored already, unless this command line names somebody. */
async function knownLogin(
  registry: string,
  { username }: LoginFlags,
  signal: AbortSignal,
): Promise<Credential | undefined> {
  if (username !== undefined) return undefined;
  const { findCredential } = await import("../registry/auth/credentials.ts");
  return findCredential(registry, { warn, signal });
}

/** What was refused is asked for anew where somebody can be asked. */
async function isStillGood(known: Credential, verify: (credential: Credential) => Promise<Verdict>): Promise<boolean> {
  const { isDistillError } = await import("../lib/errors.ts");
  const { Prompt } = await import("./prompt.ts");
  try {
    await verify(known);
    return true;
  } catch (error) {
    if (!isDistillError(error, "UNAUTHORIZED") || !Prompt.available()) throw error;
    warn("the login that is stored is not accepted any more");
    return false;
  }
}

async function askForLogin(
  registry: string,
  { username, passwordStdin }: LoginFlags,
  known: Credential | undefined,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string }> {
  const { Prompt, readSecretFromInput } = await import("./prompt.ts");
  if (username !== undefined) refuseColon(username);
  if (passwordStdin) return { username: username ?? "", password: await readSecretFromInput() };
  if (!Prompt.available()) {
    throw new DistillError("USAGE", "there is no terminal to ask for a password", {
      hint: `distill login -u USER --password-stdin ${registry} < FILE`,
    });
  }
  const prompt = new Prompt(signal);
  const before = known?.kind === "password" ? known.username : undefined;
  const question = before === undefined ? "user name: " : `user name (${before}): `;
  const name = username ?? ((await prompt.ask(question, { hidden: false })).trim() || before || "");
  if (name === "") throw new DistillError("USAGE", "no user name was given", { hint: "-u USER gives it too" });
  refuseColon(name);
  const password = await prompt.ask(`password of ${name}: `, { hidden: true });
  if (password === "") throw new DistillError("USAGE", "no password was given", { hint: "run the command again" });
  return { username: name, password };
}

/** It parts name and password in HTTP Basic (RFC 7617). */
function refuseColon(username: string): void {
  if (!username.includes(":")) return;
  throw new DistillError("USAGE", "a user name cannot hold a colon", { hint: "the password is given apart from it" });
}

async function keep(
  registry: string,
  login: { readonly username: string; readonly password: string },
  verdict: Verdict,
  signal: AbortSignal,
): Promise<void> {
  const { saveLogin } = await import("../registry/auth/saved-logins.ts");
  const { dockerConfigPath } = await import("../registry/auth/places.ts");
  if (verdict === "unasked") warn(`${registry} lets everybody in: it did not look at the password`);
  const place = await saveLogin(dockerConfigPath(), registry, login, { signal });
  process.stderr.write(`${describePlace(place)}\n`);
  process.stdout.write(`${registry}: signed in as ${login.username}\n`);
}

function describePlace(place: LoginPlace): string {
  if (place.kind === "helper") return `the password is kept by docker-credential-${place.name}`;
  return `the password is kept in ${place.path}, not encrypted: whoever can read that file has it`;
}

function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}
