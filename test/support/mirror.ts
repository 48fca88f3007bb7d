import { debianSources } from "../../src/debian/archive/sources.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { download } from "../../src/lib/http/download.ts";

/** For a test's `skip` option: false where Debian's mirror answers, or its address. */
export async function unlessMirror(): Promise<false | string> {
  const [source] = await debianSources();
  const url = `${source?.uri}/dists/${source?.suite}/InRelease`;
  try {
    const response = await download({
      url,
      maxBytes: 1e7,
      policy: { attempts: 1 },
      signal: AbortSignal.timeout(10_000),
    });
    await response.discard();
    return response.status === 200 ? false : `needs ${url}`;
  } catch {
    return `needs ${url}`;
  } finally {
    await closeHttp();
  }
}
