import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";

const plain = (challenges: readonly Challenge[]): readonly unknown[] =>
  challenges.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

const CASES: Readonly<Record<string, readonly [values: readonly string[], expected: readonly unknown[]]>> = {
  "Docker Hub's": [
    ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'],
    [
      [
        "bearer",
        { realm: "https://auth.docker.io/token", service: "registry.docker.io", scope: "repository:a/b:pull,push" },
      ],
    ],
  ],
  "names in any case, blanks about equals signs and commas": [
    ['BEARER Realm = "r" ,\tSERVICE=s , , scope = "x y"'],
    [["bearer", { realm: "r", service: "s", scope: "x y" }]],
  ],
  "several challenges in one value": [
    ['Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"'],
    [
      ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
      ["basic", { realm: "simple" }],
    ],
  ],
  "several values, their order kept": [
    ["Negotiate", 'Basic realm="x"', "Bearer realm=y"],
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
      ["bearer", { realm: "y" }],
    ],
  ],
  "a scheme alone between others": [
    ['Negotiate, Basic realm="x", NTLM'],
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
      ["ntlm", {}],
    ],
  ],
  "a token68": [
    ['Negotiate YII+/w==, Basic realm="x"'],
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
    ],
  ],
  "of a parameter that comes twice, the first": [['Bearer realm="a",realm="b"'], [["bearer", { realm: "a" }]]],
  "escapes of what needs none": [['Basic realm="\\a\\\\b"'], [["basic", { realm: "a\\b" }]]],
  "an empty quoted text": [['Basic realm=""'], [["basic", { realm: "" }]]],
  "what is before a quote that does not end": [
    ['Bearer service="s", realm="https://x'],
    [["bearer", { service: "s" }]],
  ],
  "nothing of what is no challenge": [["", ",,", '"', "=", "(x)", "Basic;realm=x"], []],
};

describe("parseChallenges reads", () => {
  for (const [name, [values, expected]] of Object.entries(CASES)) {
    test(name, () => assert.deepEqual(plain(parseChallenges(values)), expected));
  }
});

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const text = fc.string({ unit: "grapheme-ascii", maxLength: 30 }).filter((each) => !/[\r\n]/.test(each));
const challenge = fc.record({
  scheme: token,
  parameters: fc.uniqueArray(fc.tuple(token, text), { maxLength: 5, selector: ([name]) => name.toLowerCase() }),
});

const written = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;

test("what was written by the rules is read as it was meant, in one value or in several", () => {
  fc.assert(
    fc.property(fc.array(challenge, { minLength: 1, maxLength: 5 }), fc.boolean(), (challenges, together) => {
      const texts = challenges.map(({ scheme, parameters }) =>
        `${scheme} ${parameters.map(([name, value]) => `${name}=${written(value)}`).join(", ")}`.trimEnd(),
      );
      const expected = challenges.map(({ scheme, parameters }) => [
        scheme.toLowerCase(),
        Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])),
      ]);
      assert.deepEqual(plain(parseChallenges(together ? [texts.join(" , ")] : texts)), expected);
    }),
  );
});

test("no text is too strange, and what comes out is bounded", () => {
  const piece = fc.constantFrom("Basic", "Bearer", " ", ",", "=", '"', "\\", "realm", "\t", "a=b", "é", "\0");
  const strange = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(fc.array(strange, { maxLength: 40 }), (values) => {
      const challenges = parseChallenges(values);
      assert.ok(challenges.length <= 16);
      for (const { scheme, parameters } of challenges) {
        assert.match(scheme, /^[^A-Z\s,="]+$/);
        assert.ok(parameters.size <= 32);
      }
    }),
  );
});

test("much rubbish takes no time", () => {
  const began = cpuTime();
  for (const unit of ['"', "a ", "a=b,", ",", "\\", 'a="\\', "=", " ", "a"]) {
    const values = new Array<string>(8).fill(unit.repeat(200_000 / unit.length));
    assert.ok(parseChallenges(values).length <= 16);
    assert.ok(parseChallenges(values.map((each) => `Bearer realm="${each}`)).length <= 16);
  }
  assert.ok(cpuTime() - began < 5000);
});
