import { isIP } from "node:net";
import { DistillError } from "../../lib/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { addressesOf, type Reach, type Resolve, reachOf } from "./addresses.ts";

const MAX_LENGTH = 2048;

/**
 * The address of the token server that a challenge from `origin` names, judged before anything is sent there: it gets
 * the user's credentials, and a registry could make distill send requests into networks that it cannot reach itself. So:
 * https (http only where the registry is reached by http too, and on its own host), no user or password inside, and no
 * address that is nearer than the registry's own: one on the internet cannot name one in a private network, none can
 * name a link-local one, and only the registry's own host may be any. REGISTRY where it is not so.
 *
 * The name is resolved here and once more for the connection, so a name server that answers the second time with another
 * address (DNS rebinding) is not noticed: what is sent then goes there over TLS that must prove the name, which hosts
 * that are not meant do not. Behind a proxy the proxy resolves; a name that this machine does not know is left to it.
 */
export async function acceptRealm(
  text: string,
  origin: URL,
  options: { readonly registry: string; readonly resolve: Resolve },
): Promise<URL> {
  const { registry, resolve } = options;
  const realm = text.length > MAX_LENGTH ? null : URL.parse(text);
  if (realm === null) throw refused(registry, "something that is no address");
  if (realm.username !== "" || realm.password !== "") throw refused(registry, "an address with a user name inside");
  if (realm.protocol !== "https:" && realm.protocol !== "http:")
    throw refused(registry, "an address that is not https");
  realm.hash = "";
  const ownHost = realm.hostname === origin.hostname;
  if (realm.protocol === "http:" && !(origin.protocol === "http:" && (ownHost || bothHere(realm, origin)))) {
    throw refused(registry, `${shownUrl(realm)}, where passwords would travel in the clear`);
  }
  if (ownHost) return realm;
  const [theirs, its] = await Promise.all([addressesOf(realm, resolve), addressesOf(origin, resolve)]);
  const allowed = nearAs(its.map(reachOf));
  const bad = theirs.map(reachOf).find((reach) => !allowed.has(reach));
  if (bad !== undefined) throw refused(registry, `${shownUrl(realm)}, which is ${PLACES[bad]}`);
  return realm;
}

const PLACES: Readonly<Record<Reach, string>> = {
  public: "on the internet",
  private: "in a private network, as the registry itself is not",
  loopback: "on this machine, as the registry itself is not",
  special: "an address that no token server has",
};

/** What is no nearer than a host with these addresses, all of them: one among others proves nothing. */
function nearAs(reaches: readonly Reach[]): ReadonlySet<Reach> {
  const all = (...kinds: readonly Reach[]): boolean =>
    reaches.length > 0 && reaches.every((each) => kinds.includes(each));
  if (all("loopback")) return new Set(["public", "private", "loopback"]);
  return new Set(all("private", "loopback") ? ["public", "private"] : ["public"]);
}

/** Names of this machine that need no name server. */
function bothHere(...urls: readonly URL[]): boolean {
  return urls.every(({ hostname }) => {
    const address = hostname.replace(/^\[(.*)\]$/, "$1");
    return hostname === "localhost" || (isIP(address) !== 0 && reachOf(address) === "loopback");
  });
}

function refused(registry: string, what: string): DistillError {
  return new DistillError("REGISTRY", `${registry} sends clients for a token to ${what}; nothing was sent there`, {
    hint: "the registry is set up wrongly, or not what it seems: ask who runs it",
  });
}
