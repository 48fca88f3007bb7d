import { DistillError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { parseJsonObject, requiredString } from "../json.ts";
import { streamedFiles } from "../source/archive-files.ts";
import type { SourceFiles } from "../source/files.ts";
import type { SourceLocation } from "../source/location.ts";
import { EngineClient } from "./client.ts";

const MAX_INSPECT = 8 << 20;

/**
 * What `docker save` gives for an image of the engine, in a temporary file. NO_SUCH_IMAGE where the engine has no image
 * of that name or ID, ENVIRONMENT where no engine answers.
 */
export async function engineFiles(
  { name, digest }: Extract<SourceLocation, { transport: "docker-daemon" }>,
  signal?: AbortSignal,
): Promise<SourceFiles> {
  await using engine = await EngineClient.connect(signal);
  const wanted = digest === undefined ? name : name === "" ? digest : `${name}@${digest}`;
  const found =
    (await inspectImage(engine, wanted)) ?? (digest && name !== "" ? await inspectImage(engine, digest) : undefined);
  if (found === undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `the Docker engine at ${engine.endpoint.shown} has no image ${wanted}`, {
      hint: "docker images lists what it has",
    });
  }
  // By name where there is one, so that the archive says it.
  const asked = digest === undefined ? name : found;
  const answer = await engine.request({ method: "GET", path: `/images/${encodeName(asked)}/get` });
  if (answer.status !== 200) {
    throw new DistillError("ENVIRONMENT", `the engine does not give ${wanted} away: ${await engine.messageOf(answer)}`);
  }
  return await streamedFiles(answer.body, `docker-daemon:${wanted}`, signal);
}

/** The engine's ID of an image; undefined where it has none of that name. */
export async function inspectImage(engine: EngineClient, name: string): Promise<string | undefined> {
  const answer = await engine.request({ method: "GET", path: `/images/${encodeName(name)}/json` });
  if (answer.status === 404) {
    await engine.messageOf(answer);
    return undefined;
  }
  if (answer.status !== 200) {
    throw new DistillError("ENVIRONMENT", `the engine cannot tell of ${name}: ${await engine.messageOf(answer)}`);
  }
  const bytes = Buffer.concat(await Array.fromAsync(limitBytes(answer.body, MAX_INSPECT, "the engine's answer")));
  return requiredString(parseJsonObject(bytes, "the engine's answer", MAX_INSPECT), "Id");
}

/** Slashes belong to the name, as the API wants it. */
function encodeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
