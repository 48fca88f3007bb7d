import assert from "node:assert/strict";
import { test } from "node:test";
import { shownUrl, splitCredentials } from "./url.ts";

test("credentials are taken out of an address, whatever stands in them", () => {
  for (const [written, sent] of [
    ["me:secret", "me:secret"],
    ["me%40work:a%3Ab", "me@work:a:b"],
    ["me:50%", "me:50%"],
    ["me:%zz%C3%A4", "me:%zzä"],
    ["me:%ff", "me:\ufffd"],
  ]) {
    const { url, authorization } = splitCredentials(new URL(`https://${written}@packages.example/debian`));
    assert.equal(url.href, "https://packages.example/debian");
    assert.equal(Buffer.from(authorization?.slice("Basic ".length) ?? "", "base64").toString(), sent);
  }
  assert.equal(splitCredentials(new URL("https://packages.example/")).authorization, undefined);
});

test("an address is shown without what may be a secret", () => {
  assert.equal(shownUrl("https://me:50%@packages.example/debian?token=x#y"), "https://packages.example/debian?...");
});
