import type { Comparison } from "../compare/compare.ts";
import type { FileChanges } from "../compare/file-changes.ts";
import type { ImageFacts } from "../compare/image-facts.ts";
import type { OwnerChanges } from "../compare/owner-changes.ts";
import type { PackageChanges } from "../compare/package-changes.ts";
import type { SizeChange } from "../compare/size-change.ts";
import type { SurfaceChanges, SurfaceKind } from "../compare/surface-changes.ts";
import type { EffectiveUser } from "../inventory/surface/users.ts";
import { findingNotes, findingRows, findingSections } from "./compared-findings.ts";
import { formatBytes } from "./format.ts";
import type { Report, ReportList, ReportSection } from "./report.ts";
import { SURFACE_NOUNS, verdictOf } from "./verdict.ts";

const MAX_FILES = 10;
const MAX_PACKAGES = 40;
const MAX_THINGS = 12;

const LABELS: Readonly<Partial<Record<SurfaceKind, string>>> = {
  capabilities: "capabilities",
  worldWritable: "world-writable",
};

/** Two images side by side: the verdict, a table, and what is behind its numbers. */
export function comparisonReport(comparison: Comparison): Report {
  const { a, b, difference } = comparison;
  return {
    verdict: verdictOf(comparison),
    summary: { header: ["", "A", "B", "CHANGE"], rows: summaryRows(comparison), notes: notesOf(comparison) },
    sections: [
      layerSection("LAYERS OF A", a),
      layerSection("LAYERS OF B", b),
      ...findingSections(comparison),
      ...surfaceSections(difference.surface),
      ownerSection(difference.owners),
      ...biggestPackages(difference.packages),
      ...packageSection(difference.packages),
      ...fileSection("BIGGEST FILES GONE", difference.files.removed),
      ...fileSection("BIGGEST FILES NEW", difference.files.added),
    ],
  };
}

function summaryRows(comparison: Comparison): readonly (readonly string[])[] {
  const { a, b, difference } = comparison;
  const { sizes, packages, files, surface, sharedLayers } = difference;
  const kinds = Object.keys(surface) as SurfaceKind[];
  return [
    ["image", a.name, b.name, ""],
    ["platform", a.platform, b.platform, ""],
    ["size compressed", ...sizeCells(sizes.compressed)],
    ["size uncompressed", ...sizeCells(sizes.uncompressed)],
    ["layers", String(a.layers.length), String(b.layers.length), `${sharedLayers} shared`],
    [
      "files",
      String(a.files.count),
      String(b.files.count),
      changeCell(files.added.count, files.removed.count, files.changed.count),
    ],
    ["packages", String(a.packages.length), String(b.packages.length), packageCell(packages)],
    ...kinds
      .filter((kind) => kind !== "ports")
      .map((kind) => {
        const { a: before, b: after, added, removed } = surface[kind];
        return [labelOf(kind), String(before), String(after), changeCell(added.length, removed.length, 0)];
      }),
    ["user", userCell(a.surface.user), userCell(b.surface.user), ""],
    ["ports", portsCell(a), portsCell(b), ""],
    ...findingRows(comparison),
  ];
}

function notesOf(comparison: Comparison): readonly (readonly [string, string])[] {
  const { a, b } = comparison;
  const shared = a.warnings.filter((text) => b.warnings.includes(text));
  return [
    ...findingNotes(comparison),
    ...shared.map((text) => ["note on both", text] as const),
    ...(["A", "B"] as const).flatMap((side): readonly (readonly [string, string])[] => {
      const { compressedHere, warnings: all } = side === "A" ? a : b;
      const warnings = all.filter((text) => !shared.includes(text));
      const packed = "its layers lie unpacked; compressed is what gzip makes of them";
      return [
        ...(compressedHere ? [[`note on ${side}`, packed] as const] : []),
        ...warnings.map((text) => [`note on ${side}`, text] as const),
      ];
    }),
  ];
}

function sizeCells({ a, b, change }: SizeChange): readonly [string, string, string] {
  const sign = change < 0 ? "-" : "+";
  return [formatBytes(a), formatBytes(b), change === 0 ? "" : `${sign}${formatBytes(Math.abs(change))}`];
}

/** "+3 -104 ~2": new, gone, and there in another form. */
function changeCell(added: number, removed: number, changed: number): string {
  const parts = [
    [added, "+"],
    [removed, "-"],
    [changed, "~"],
  ] as const;
  return parts.flatMap(([number, sign]) => (number === 0 ? [] : [`${sign}${number}`])).join(" ");
}

function packageCell({ added, removed, changed }: PackageChanges): string {
  return changeCell(added.length, removed.length, changed.length);
}

function userCell({ configured, uid, name }: EffectiveUser): string {
  if (uid === null) return `${configured} (unknown)`;
  return name === null ? String(uid) : `${name} (${uid})`;
}

function portsCell({ surface: { ports } }: ImageFacts): string {
  return ports.join(" ") || "-";
}

function layerSection(title: string, { layers }: ImageFacts): ReportSection {
  return {
    ...{ kind: "table", title, header: ["COMPRESSED", "UNCOMPRESSED", "STEP"], right: [0, 1], keep: "start" },
    rows: layers.map(({ compressed, uncompressed, step }) => [
      formatBytes(compressed),
      formatBytes(uncompressed),
      (step ?? "(not known)").replace(/\s+/g, " ").trim(),
    ]),
  };
}

function surfaceSections(surface: SurfaceChanges): readonly ReportSection[] {
  const kinds = Object.keys(surface) as SurfaceKind[];
  const section = (title: string, side: "removed" | "added"): readonly ReportSection[] => {
    const lists = kinds.flatMap((kind) => listOf(labelOf(kind), surface[kind][side], MAX_THINGS));
    return lists.length === 0 ? [] : [{ kind: "lists", title, lists }];
  };
  return [...section("ATTACK SURFACE GONE", "removed"), ...section("ATTACK SURFACE NEW", "added")];
}

const OWNER_WORDS: Readonly<Record<keyof OwnerChanges, string>> = {
  package: "packages",
  app: "the app (build context)",
  step: "steps of the build",
  base: "the base, outside packages",
  nobody: "nobody knows whom",
  dead: "shipped, not seen",
};

function ownerSection(owners: OwnerChanges): ReportSection {
  const kinds = (Object.keys(OWNER_WORDS) as (keyof OwnerChanges)[]).filter(
    (kind) => owners[kind].a > 0 || owners[kind].b > 0,
  );
  return {
    ...{ kind: "table", title: "BYTES OF FILES, BY WHO ANSWERS FOR THEM", header: ["A", "B", "CHANGE", "OF"] },
    ...{ right: [0, 1, 2], keep: "start" },
    rows: kinds.map((kind) => [...sizeCells(owners[kind]), OWNER_WORDS[kind]]),
  };
}

function biggestPackages({ removed }: PackageChanges): readonly ReportSection[] {
  const biggest = removed.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_FILES);
  if (biggest.length === 0) return [];
  const rows = biggest.map(({ kind, name, version, bytes }) => [formatBytes(bytes), kind, `${name} ${version}`]);
  return [
    {
      ...{ kind: "table", title: "BIGGEST PACKAGES GONE", header: ["SIZE", "KIND", "PACKAGE"], right: [0] },
      ...{ keep: "start", rows },
    },
  ];
}

function packageSection({ added, removed, changed }: PackageChanges): readonly ReportSection[] {
  const versioned = ({ name, version }: { readonly name: string; readonly version: string }) => `${name} ${version}`;
  const lists = [
    ...listOf("gone", removed.map(versioned), MAX_PACKAGES),
    ...listOf("new", added.map(versioned), MAX_PACKAGES),
    ...listOf(
      "changed",
      changed.map(({ name, before, after }) => `${name} ${before} -> ${after}`),
      MAX_PACKAGES,
    ),
  ];
  return lists.length === 0 ? [] : [{ kind: "lists", title: "PACKAGES", lists }];
}

function fileSection(title: string, { biggest }: FileChanges["removed"]): readonly ReportSection[] {
  if (biggest.length === 0) return [];
  const rows = biggest.slice(0, MAX_FILES).map(({ path, size }) => [formatBytes(size), path]);
  return [{ kind: "table", title, header: ["SIZE", "PATH"], right: [0], keep: "end", rows }];
}

function listOf(label: string, items: readonly string[], most: number): readonly ReportList[] {
  if (items.length === 0) return [];
  return [{ label: `${label} (${items.length})`, items: items.slice(0, most), more: Math.max(0, items.length - most) }];
}

function labelOf(kind: SurfaceKind): string {
  return LABELS[kind] ?? `${SURFACE_NOUNS[kind]}s`;
}
