import type { NamedInspection } from "../app/inspect-images.ts";
import { pairHistory } from "../image/history.ts";
import { type InspectedEntry, type InspectedIndex, type InspectedManifest, imagesIn } from "../image/inspection.ts";
import { formatPlatform } from "../image/platform.ts";
import { describeFacts, describeSizes, type EntryRow, entryTable, type Fact, layerTable } from "../ui/inspection.ts";

/** An image, artifact or index for people. */
export function inspectionText({ name, inspection }: NamedInspection): string {
  return inspection.kind === "index" ? indexText(name, inspection) : manifestText(name, inspection);
}

function manifestText(name: string, inspected: InspectedManifest): string {
  const { content, config, layers, platform, compressed, uncompressed } = inspected;
  const { descriptor, manifest } = content;
  const history = config?.value.history ?? [];
  const facts: Fact[] = [
    fact("digest", descriptor.digest),
    fact("image ID", config && manifest.config.digest),
    fact("media type", descriptor.mediaType),
    fact("artifact type", manifest.artifactType ?? (config ? undefined : manifest.config.mediaType)),
    fact("subject", manifest.subject?.digest),
    fact("platform", platform),
    fact("created", config?.value.created),
    fact("author", config?.value.author),
    ...containerFacts(inspected),
    { label: "annotations", values: pairs(manifest.annotations) },
    fact("size", describeSizes(compressed, uncompressed)),
  ];
  const rows = pairHistory(layers.length, history).map(({ layer, entry }) => {
    const found = layer === undefined ? undefined : layers[layer];
    return { layer: found && { ...found, ...found.descriptor }, step: entry?.created_by ?? entry?.comment ?? "" };
  });
  return `${describeFacts(name, facts)}\n${layerTable(rows)}`;
}

function containerFacts({ config }: InspectedManifest): readonly Fact[] {
  const container = config?.value.config;
  if (container === undefined) return [];
  const list = (values: readonly string[] | undefined): string | undefined =>
    values && values.length > 0 ? JSON.stringify(values) : undefined;
  return [
    fact("user", container.User),
    fact("entrypoint", list(container.Entrypoint)),
    fact("cmd", list(container.Cmd)),
    fact("workdir", container.WorkingDir),
    { label: "env", values: container.Env ?? [] },
    { label: "ports", values: Object.keys(container.ExposedPorts ?? {}) },
    { label: "volumes", values: Object.keys(container.Volumes ?? {}) },
    { label: "labels", values: pairs(container.Labels) },
    fact("stop signal", container.StopSignal),
    fact("healthcheck", list(container.Healthcheck?.Test)),
    fact("shell", list(container.Shell)),
    { label: "on build", values: container.OnBuild ?? [] },
  ];
}

function indexText(name: string, { content, entries }: InspectedIndex): string {
  const { descriptor, index } = content;
  const facts = [
    fact("digest", descriptor.digest),
    fact("media type", descriptor.mediaType),
    fact("artifact type", index.artifactType),
    fact("subject", index.subject?.digest),
    { label: "annotations", values: pairs(index.annotations) },
  ];
  return `${describeFacts(name, facts)}\n${entryTable(entries.map(entryRow))}`;
}

function entryRow({ descriptor, held }: InspectedEntry): EntryRow {
  const images = held === undefined ? [] : imagesIn(held);
  const [image] = images;
  const { digest } = descriptor;
  if (held?.kind === "index") {
    const platforms = images.map(({ platform }) => platform ?? "unknown");
    return { what: `index of ${platforms.join(", ")}`, digest, compressed: null, uncompressed: null };
  }
  const of = descriptor.annotations?.["vnd.docker.reference.digest"];
  const type = descriptor.annotations?.["vnd.docker.reference.type"] ?? descriptor.artifactType ?? "artifact";
  const named = descriptor.platform && formatPlatform(descriptor.platform);
  const artifact = held?.kind === "artifact" ? `${type}${of === undefined ? "" : ` of ${of.slice(0, 19)}`}` : undefined;
  const what = artifact ?? image?.platform ?? named ?? descriptor.mediaType;
  const where = held === undefined ? `${what} (not held here)` : what;
  return { what: where, digest, compressed: held?.compressed ?? null, uncompressed: held?.uncompressed ?? null };
}

function fact(label: string, value: string | undefined): Fact {
  return { label, values: value === undefined || value === "" ? [] : [value] };
}

function pairs(map: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
}
