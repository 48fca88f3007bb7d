import { cleanPath } from "../../ignore/pattern.ts";
import { ownRule } from "../rule.ts";
import { shippedStages } from "../shipped.ts";
import { isRemote, ownTransfers } from "../transfers.ts";

/** Names of files that hold keys or passwords, wherever they lie. */
const KEYS =
  /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:netrc|npmrc|pypirc|pgpass|git-credentials|htpasswd|ssh|aws|gnupg|kube)|[^/]+\.(?:pem|key|p12|pfx|jks|keystore|kdbx))(?:\/|$)|(?:^|\/)\.docker\/config\.json$/;

/** What is fine while building, and should not be in the image. */
const PRIVATE = /(?:^|\/)\.(?:git|env(?:\.[^/]+)?)(?:\/|$)/;
/** Templates of such files, certificates and public keys. */
const HARMLESS =
  /\.(?:example|sample|template|dist|pub)$|(?:^|[/._-])(?:public|cert|certs|ca|chain|fullchain|bundle)[/._-]/i;

export const SECRET_FILE_COPIED = ownRule(
  "SecretFileCopied",
  "Files with keys and passwords should not be copied: they stay in a layer, whatever is removed later",
  function* (facts) {
    const shipped = new Set(shippedStages(facts));
    for (const stage of facts.stages) {
      for (const { path, word, kind, statement, fromContext } of ownTransfers(stage)) {
        if (!fromContext || isRemote(path)) continue;
        const cleaned = cleanPath(path);
        const isSecret = KEYS.test(cleaned) || (shipped.has(stage) && PRIVATE.test(cleaned));
        if (!isSecret || HARMLESS.test(cleaned)) continue;
        const where = shipped.has(stage) ? "the image" : "the build cache";
        yield { detail: `${kind} puts ${cleaned} into ${where}`, statement, at: word };
      }
    }
  },
);
