import type { ComposeInstead } from "../config/build-settings.ts";
import { digestOf } from "../lib/digest.ts";
import type { Store } from "../store/store.ts";

/** Changes whenever the same text would mean something else. */
const SEMANTICS = 1;

/** What the distill.yaml of a context says is to be composed. A text that was found valid before is not validated again. */
export async function readComposeWish(text: string, file: string, store: Store): Promise<ComposeInstead> {
  const key = digestOf(JSON.stringify(["build settings", SEMANTICS, text]));
  const known = store.recallStep(key) as ComposeInstead | undefined;
  if (known !== undefined) return known;
  const { parseBuildSettings } = await import("../config/build-settings.ts");
  const { compose } = parseBuildSettings(text, file);
  store.rememberStep(key, compose, []);
  return compose;
}
