import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";

/** How far an address reaches: another machine on the internet, one of the same network, this machine, or nothing sensible. */
export type Reach = "public" | "private" | "loopback" | "special";

/** The addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** As the system resolves names for connections; empty where it does not know the name. */
export const resolveWithSystem: Resolve = async (host) => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

/** The addresses of a URL's host, which may be one itself. */
export async function addressesOf(url: URL, resolve: Resolve): Promise<readonly string[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) === 0 ? resolve(host) : [host];
}

/** See IANA's registries of special-purpose addresses (RFC 6890). */
export function reachOf(address: string): Reach {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  // An address that a name server made up, or one with a zone (fe80::1%eth0).
  const bare = address.replace(/%.*$/, "");
  if (isIP(bare) === 0) return "special";
  const inner = family === "ipv6" ? embeddedIPv4(bare) : undefined;
  if (inner !== undefined) return reachOf(inner);
  if (LOOPBACK.check(bare, family)) return "loopback";
  if (PRIVATE.check(bare, family)) return "private";
  return SPECIAL.check(bare, family) ? "special" : "public";
}

/** The IPv4 address inside one that is mapped (::ffff:0:0/96), translated (64:ff9b::/96) or of 6to4 (2002::/16). */
function embeddedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const inner = (high: number | undefined, low: number | undefined): string =>
    [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join(".");
  const starts = (...prefix: readonly number[]): boolean => prefix.every((group, index) => groups[index] === group);
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0x64, 0xff9b, 0, 0, 0, 0)) return inner(groups[6], groups[7]);
  return starts(0x2002) ? inner(groups[1], groups[2]) : undefined;
}

function groupsOf(address: string): readonly number[] {
  // The URL parser spells every IPv6 address in hexadecimal groups, those that end in an IPv4 address too.
  const text = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? "::";
  const [head = "", tail] = text.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((each) => Number.parseInt(each, 16));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function blockList(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", prefix] = range.split("/");
    list.addSubnet(net, Number(prefix), isIPv6(net) ? "ipv6" : "ipv4");
  }
  return list;
}

const LOOPBACK = blockList("127.0.0.0/8", "::1/128");
const PRIVATE = blockList("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/** Link-local addresses first of all: clouds answer there with the secrets of a machine. */
const SPECIAL = blockList(
  ...["169.254.0.0/16", "fe80::/10", "fec0::/10"],
  ...["0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8", "100::/64", "2001:db8::/32"],
);
