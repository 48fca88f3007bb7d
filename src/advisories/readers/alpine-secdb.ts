import type { AdvisoryRecord } from "../advisory.ts";
import type { FeedItem } from "../feeds/item.ts";
import {
  type Broken,
  jsonOf,
  listOf,
  MAX_NAME,
  MAX_VERSION,
  malformed,
  mapOf,
  optionalMapOf,
  quoted,
  readOrTell,
  throwBroken,
  wordOf,
} from "./fields.ts";

const MAX_BYTES = 256 << 20;
const MAX_PACKAGES = 200_000;
const MAX_FLAWS = 10_000;
const MAX_TEXT = 1000;

/**
 * Reads a file of Alpine's secdb (`v3.20/main.json`): in which version of a package which flaws were fixed; "0" never had
 * them. What stands for one flaw there may be several names: "CVE-2019-1 CVE-2019-2" are two flaws, "XSA-1 CVE-2019-1"
 * is a CVE and a bulletin that tells of it. FORMAT_INVALID with `what` and the place; a package that cannot be read is
 * told to `broken`.
 */
export function readSecdb(bytes: Uint8Array, what: string, broken: Broken = throwBroken): readonly FeedItem[] {
  const fields = mapOf(jsonOf(bytes, what, MAX_BYTES), what, "");
  const ecosystem = `secdb:${releaseOf(fields.distroversion, what)}`;
  const packages = listOf(fields.packages, what, "packages", MAX_PACKAGES);
  return [
    { kind: "ecosystem", ecosystem },
    ...packages.flatMap((value, index) =>
      readOrTell(broken, () => readPackage(ecosystem, value, what, `packages[${index}].pkg`)),
    ),
  ];
}

function releaseOf(value: unknown, what: string): string {
  const text = wordOf(value, what, "distroversion", MAX_NAME);
  const [release] = /^(?:v\d{1,3}\.\d{1,3}|edge)(?=$|-)/.exec(text) ?? [];
  if (release === undefined) throw malformed(what, "distroversion", "is no release of Alpine");
  return release;
}

function readPackage(ecosystem: string, value: unknown, what: string, path: string): readonly FeedItem[] {
  const fields = mapOf(mapOf(value, what, path).pkg, what, path);
  const name = wordOf(fields.name, what, `${path}.name`, MAX_NAME);
  const fixes = Object.entries(optionalMapOf(fields.secfixes, what, `${path}.secfixes`));
  return fixes.flatMap(([version, flaws]) => {
    const place = `${path}.secfixes[${quoted(version)}]`;
    const fixed = wordOf(version, what, place, MAX_VERSION);
    const texts = listOf(flaws, what, place, MAX_FLAWS).map((each, index) =>
      wordOf(each, what, `${place}[${index}]`, MAX_TEXT),
    );
    return texts
      .flatMap(flawsIn)
      .map((record): FeedItem => ({ kind: "entry", ecosystem, name, record, rule: { kind: "secdb", fixed } }));
  });
}

/** A bulletin may tell of several flaws: its name is that of a flaw only where no other is given. */
function flawsIn(text: string): readonly AdvisoryRecord[] {
  const names = text
    .split(/[\s,;()]+/)
    .map((each) => each.replace(/^(?:CVE|cve)[-_](\d{4})[-_](\d{4,})\??$/, "CVE-$1-$2"))
    .filter((each) => NAME.test(each));
  const unique = [...new Set(names)];
  const cves = unique.filter((each) => CVE.test(each));
  const flaws = unique.filter((each) => each.startsWith("GHSA-"));
  const [cve] = cves;
  if (cve === undefined) return unique.slice(0, 1).map((id) => recordOf(id, unique.slice(1)));
  return cves.length === 1 ? [recordOf(cve, flaws)] : cves.map((id) => recordOf(id, []));
}

const CVE = /^CVE-\d{4}-\d{4,}$/;

/** `GHSA-xxxx-xxxx-xxxx`, `XSA-123`, `ZBX-11023`, `GNUTLS-SA-2020-09-04`, `VSV00003`. */
const NAME = /^[A-Z][-_A-Za-z]*\d[-_.A-Za-z0-9]*$|^GHSA(?:-[a-z0-9]{4}){3}$/;

function recordOf(id: string, aliases: readonly string[]): AdvisoryRecord {
  return {
    id,
    aliases,
    summary: "",
    severities: [],
    published: undefined,
    modified: undefined,
    withdrawn: undefined,
    link: CVE.test(id) ? `https://security.alpinelinux.org/vuln/${id}` : undefined,
  };
}
