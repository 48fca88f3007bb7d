import type { Dispatcher } from "undici";
import { Body } from "./body.ts";

/** The head of an answer, and its body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Body;
}

/**
 * Sends one request. undici's own `request` makes a Readable of the body, whose reading puts waiting pieces into one new
 * buffer each time: a copy of the whole. What ends a request early, before the head or behind it, is `signal`'s reason or
 * undici's error.
 */
export function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let controller: Dispatcher.DispatchController | undefined;
  let body: Body | undefined;
  const onAbort = (): void => controller?.abort(abortReason(signal));
  const done = (): void => signal?.removeEventListener("abort", onAbort);
  signal?.addEventListener("abort", onAbort, { once: true });
  dispatcher.dispatch(options, {
    onRequestStart(given) {
      controller = given;
      if (signal?.aborted) onAbort();
    },
    onResponseStart(given, status, headers) {
      // 1xx are not the answer yet.
      if (status < 200) return;
      body = new Body(given);
      resolve({ status, headers, body });
    },
    onResponseData(_, chunk) {
      body?.push(chunk);
    },
    onResponseEnd() {
      done();
      body?.end();
    },
    onResponseError(_, error) {
      done();
      if (body === undefined) reject(error);
      else body.fail(error);
    },
  });
  return promise;
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error("aborted");
}
