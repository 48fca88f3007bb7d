import { ownRule } from "../rule.ts";

/** Forms that providers give to their tokens, so that they can be found. */
const TOKENS: readonly (readonly [RegExp, string])[] = [
  [/\bAKIA[0-9A-Z]{16}\b/, "an access key of AWS"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}/, "a token of GitHub"],
  [/\bglpat-[\w-]{20,}/, "a token of GitLab"],
  [/\bxox[abprs]-[\w-]{10,}/, "a token of Slack"],
  [/\bnpm_[A-Za-z0-9]{36}\b/, "a token of npm"],
  [/\bpypi-AgE[\w-]{50,}/, "a token of PyPI"],
  [/\bAIza[\w-]{35}\b/, "a key of Google"],
  [/\bsk_live_[A-Za-z0-9]{20,}/, "a key of Stripe"],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/, "a private key"],
  // Not one that a variable fills in.
  [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/"'$]{1,200}:[^\s@/"'$]{1,200}@[\w.]/i, "a password in an address"],
];

export const SECRET_IN_TEXT = ownRule(
  "SecretInText",
  "A secret that is written into a Dockerfile is in the image's history, and with everybody who has the file",
  function* ({ source, instructions }) {
    for (const { statement, kind } of instructions) {
      const text = source.slice(statement.span);
      for (const [form, what] of TOKENS) {
        const match = form.exec(text);
        if (match === null) continue;
        const start = statement.span.start + match.index;
        // The detail does not repeat it: logs are read by more people than files.
        yield { detail: `${kind} has ${what} in it`, statement, at: { start, end: start + match[0].length } };
      }
    }
  },
);
