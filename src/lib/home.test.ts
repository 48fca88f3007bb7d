import assert from "node:assert/strict";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { test } from "node:test";
import { distillHome } from "./home.ts";

test("without settings, the directories of XDG below HOME", () => {
  assert.deepEqual(distillHome({ HOME: "/home/me" }), {
    store: "/home/me/.local/share/distill",
    cache: "/home/me/.cache/distill",
  });
  assert.deepEqual(distillHome({}), distillHome({ HOME: homedir() }));
});

test("XDG directories are taken, unless they are empty or relative", () => {
  const set = { HOME: "/h", XDG_DATA_HOME: "/data", XDG_CACHE_HOME: "/cache" };
  assert.deepEqual(distillHome(set), { store: "/data/distill", cache: "/cache/distill" });
  for (const value of ["", "relative", "./x"]) {
    assert.deepEqual(
      distillHome({ HOME: "/h", XDG_DATA_HOME: value, XDG_CACHE_HOME: value }),
      distillHome({ HOME: "/h" }),
    );
  }
});

test("DISTILL_HOME overrides all, and a relative one is made absolute", () => {
  const set = { DISTILL_HOME: "/d", HOME: "/h", XDG_DATA_HOME: "/data" };
  assert.deepEqual(distillHome(set), { store: "/d/store", cache: "/d/cache" });
  assert.equal(distillHome({ DISTILL_HOME: "here" }).store, resolve("here/store"));
  assert.deepEqual(distillHome({ DISTILL_HOME: "", HOME: "/h" }), distillHome({ HOME: "/h" }));
});
