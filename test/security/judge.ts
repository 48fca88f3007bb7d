import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { RegistryAccess } from "../../src/app/registry-access.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { DistillError, exitStatusOf } from "../../src/lib/errors.ts";
import { LyingRegistry } from "../support/lying-registry.ts";
import { homeWithLogins, IMPATIENT, IMPATIENT_ACCESS, LOGIN } from "../support/registry-scene.ts";
import { type Case, IMAGE, type Scene } from "./cases.ts";

/** Where nothing may hang, this is for ever. */
export const FOR_EVER = { timeout: 20_000 };

/** Two registries, empty unless `full`, the first of which has a login in a home of the test's own. */
export async function openScene(
  t: TestContext,
  { login, options }: Case,
  full = true,
): Promise<Scene & { directory: string }> {
  const auth = login === undefined ? {} : { auth: { scheme: login, ...LOGIN } };
  const registry = await LyingRegistry.start({ ...auth, ...options });
  const other = await LyingRegistry.start({ address: "127.0.0.2" });
  t.after(() => Promise.all([registry.close(), other.close()]));
  for (const each of full ? [registry, other] : []) await each.hold("app", "v1", IMAGE.content);
  return { registry, other, directory: homeWithLogins(t, registry.host) };
}

/** How the registry is reached in this case. */
export function accessOf({ attempts = IMPATIENT.attempts }: Case): RegistryAccess {
  return { ...IMPATIENT_ACCESS, policy: { ...IMPATIENT, attempts } };
}

/** Runs the work and judges how it ends; gives the digest of what it brought. */
export async function judge(each: Case, { other }: Scene, work: () => Promise<Digest>): Promise<Digest | undefined> {
  let digest: Digest | undefined;
  let failure: unknown;
  try {
    digest = await work();
  } catch (error) {
    failure = error;
  }
  for (const { headers } of other.asked) assert.equal(headers.authorization, undefined, "told to another host");
  if (each.ends === "right") {
    if (failure !== undefined) throw failure;
    return digest;
  }
  assert.ok(failure instanceof DistillError, failure === undefined ? "it succeeded" : String(failure));
  assert.ok(each.ends.includes(failure.code), `${failure.code}: ${failure.message}`);
  const own = failure.code === "UNSUPPORTED" || failure.code === "NO_SUCH_IMAGE";
  assert.equal(exitStatusOf(failure), own ? 2 : 4);
  assert.match(failure.message, each.says ?? /./);
  const told = `${failure.message} ${failure.hint} ${String(failure.cause)}`;
  for (const secret of [LOGIN.password, Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString("base64")]) {
    assert.ok(!told.includes(secret), "a secret in an error");
  }
  return undefined;
}
