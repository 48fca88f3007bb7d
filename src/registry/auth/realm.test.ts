import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDistillError } from "../../lib/errors.ts";
import { type Reach, reachOf } from "./addresses.ts";
import { acceptRealm } from "./realm.ts";

const ADDRESSES: Readonly<Record<Reach, readonly string[]>> = {
  public: ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2600::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
  private: ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"],
  loopback: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "2002:7f00:1::"],
  special: [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "64:ff9b::a9fe:a9fe",
    "nonsense",
  ],
};

test("the reach of an address is known, however it is written", () => {
  for (const [reach, addresses] of Object.entries(ADDRESSES)) {
    for (const address of addresses) assert.equal(reachOf(address), reach, address);
  }
});

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "registry.example": ["8.8.8.8"],
  "auth.example": ["8.8.4.4", "2600::1"],
  "evil.example": ["8.8.8.8", "10.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "registry.lan": ["10.0.0.5"],
  "auth.lan": ["10.0.0.6"],
  localhost: ["127.0.0.1", "::1"],
};

const judge = (realm: string, origin: string): Promise<URL> =>
  acceptRealm(realm, new URL(origin), {
    registry: "the registry",
    resolve: async (host) => NAMES[host] ?? [],
  });

describe("a token server's address is accepted", () => {
  const accepted: readonly (readonly [realm: string, origin: string])[] = [
    ["https://auth.example/token?x=1", "https://registry.example/v2/"],
    ["https://registry.example:8443/token", "https://registry.example/v2/"],
    ["https://10.0.0.5/token", "https://10.0.0.5:5000/v2/"],
    ["http://10.0.0.5:5001/token", "http://10.0.0.5:5000/v2/"],
    ["http://127.0.0.1:5001/token", "http://127.0.0.1:5000/v2/"],
    ["http://localhost:5001/token", "http://127.0.0.1:5000/v2/"],
    ["https://auth.lan/jwt/auth", "https://registry.lan/v2/"],
    ["https://auth.example/token", "https://registry.lan/v2/"],
    ["https://auth.lan/token", "http://localhost:5000/v2/"],
    // Left to the connection, or to a proxy that knows it.
    ["https://unknown.example/token", "https://registry.example/v2/"],
  ];
  for (const [realm, origin] of accepted) {
    test(`${realm} of ${origin}`, async () => assert.equal((await judge(realm, origin)).href, realm));
  }
});

describe("a token server's address is refused", () => {
  const refused: readonly (readonly [realm: string, origin: string, why: RegExp])[] = [
    ["http://auth.example/token", "https://registry.example/v2/", /in the clear/],
    ["http://registry.example/token", "https://registry.example/v2/", /in the clear/],
    ["http://auth.example/token", "http://registry.example/v2/", /in the clear/],
    ["http://127.evil.example/token", "http://127.0.0.1:5000/v2/", /in the clear/],
    ["https://user@auth.example/token", "https://registry.example/v2/", /user name/],
    ["https://:secret@auth.example/token", "https://registry.example/v2/", /user name/],
    ["ftp://auth.example/token", "https://registry.example/v2/", /not https/],
    ["file:///etc/passwd", "https://registry.example/v2/", /not https/],
    ["/token", "https://registry.example/v2/", /no address/],
    ["", "https://registry.example/v2/", /no address/],
    [`https://auth.example/${"x".repeat(3000)}`, "https://registry.example/v2/", /no address/],
    ["https://10.0.0.6/token", "https://registry.example/v2/", /private network/],
    ["https://0x0a000006/token", "https://registry.example/v2/", /private network/],
    ["https://auth.lan/token", "https://registry.example/v2/", /private network/],
    // One private address among others does not open the network.
    ["https://auth.lan/token", "https://evil.example/v2/", /private network/],
    ["https://auth.lan/token", "https://unknown.example/v2/", /private network/],
    ["https://evil.example/token", "https://registry.example/v2/", /private network/],
    ["https://127.0.0.1/token", "https://registry.example/v2/", /this machine/],
    ["https://2130706433/token", "https://registry.example/v2/", /this machine/],
    ["https://localhost/token", "https://registry.lan/v2/", /this machine/],
    ["https://[::1]/token", "https://registry.lan/v2/", /this machine/],
    ["https://[::ffff:127.0.0.1]/token", "https://registry.example/v2/", /this machine/],
    ["https://169.254.169.254/latest", "https://registry.lan/v2/", /no token server/],
    ["https://metadata.example/token", "http://127.0.0.1:5000/v2/", /no token server/],
  ];
  for (const [realm, origin, why] of refused) {
    test(`${realm.slice(0, 60)} of ${origin}`, async () => {
      await assert.rejects(judge(realm, origin), (error) => {
        assert.ok(isDistillError(error, "REGISTRY"));
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
  }
});
