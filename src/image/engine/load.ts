import { DistillError, isDistillError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { optionalString, parseJsonObject } from "../json.ts";
import { formatFamiliar, type Reference } from "../reference.ts";
import { EngineClient } from "./client.ts";
import { inspectImage } from "./save.ts";

const MAX_ANSWER = 16 << 20;
const MAX_LINE = 1 << 20;

/**
 * Loads a docker archive into the engine and returns the engine's ID of the image. `ids` are the digests that the
 * engine may call it by: the config's, or with containerd's store the manifest's. The engine's refusal, which comes
 * with status 200, is ENVIRONMENT; a failure of `archive` comes through as it is.
 */
export async function loadIntoEngine(
  archive: AsyncIterable<Uint8Array>,
  name: Reference,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  await using engine = await EngineClient.connect(signal);
  const failures: unknown[] = [];
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* archive;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  let refusal: string | undefined;
  try {
    const answer = await engine.request({ method: "POST", path: "/images/load?quiet=1", body: watched() });
    refusal = answer.status === 200 ? await readProgress(answer.body) : await engine.messageOf(answer);
  } catch (error) {
    throw failures.length > 0 ? failures[0] : error;
  }
  const shown = formatFamiliar(name);
  if (refusal !== undefined) throw refused(shown, refusal);
  const id = await inspectImage(engine, shown);
  if (id === undefined) throw refused(shown, "it has no image of that name afterwards");
  if (!ids.includes(id)) throw refused(shown, `it has another image of that name afterwards, ${id}`);
  return id;
}

/** The error message in the lines of JSON that the engine answers with, if there is one. */
async function readProgress(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  let line = "";
  let refusal: string | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of limitBytes(body, MAX_ANSWER, "the engine's answer")) {
    const lines = `${line}${decoder.decode(chunk, { stream: true })}`.split("\n");
    line = lines.pop() ?? "";
    if (line.length > MAX_LINE) throw new DistillError("LIMIT_EXCEEDED", "the engine's answer has a line without end");
    for (const each of lines) refusal ??= errorIn(each);
  }
  return refusal ?? errorIn(line);
}

function errorIn(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  try {
    return optionalString(parseJsonObject(Buffer.from(line), "the engine's answer", MAX_LINE), "error");
  } catch (error) {
    if (!isDistillError(error)) throw error;
    return undefined;
  }
}

function refused(name: string, reason: string): DistillError {
  return new DistillError("ENVIRONMENT", `the Docker engine did not load ${name}: ${reason.trim()}`, {
    hint: "its log tells more (journalctl -u docker); docker-archive:FILE and docker load show whether the image is to blame",
  });
}
