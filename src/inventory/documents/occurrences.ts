import { ComponentEvidence } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as CycloneDxJson } from "@cyclonedx/cyclonedx-library/Serialize";

const { ComponentEvidenceNormalizer, Factory } = CycloneDxJson.Normalize;

/** A place where a component was found (CycloneDX 1.6, `evidence.occurrences`). */
export interface Occurrence {
  readonly location: string;
  readonly additionalContext?: string;
}

/** Evidence with what the library has no model of. */
export class FoundEvidence extends ComponentEvidence {
  readonly occurrences: readonly Occurrence[];

  constructor(occurrences: readonly Occurrence[]) {
    super();
    this.occurrences = occurrences;
  }
}

class FoundEvidenceNormalizer extends ComponentEvidenceNormalizer {
  override normalize(
    ...[data, options]: Parameters<InstanceType<typeof ComponentEvidenceNormalizer>["normalize"]>
  ): ReturnType<InstanceType<typeof ComponentEvidenceNormalizer>["normalize"]> {
    const evidence = super.normalize(data, options);
    return data instanceof FoundEvidence ? { ...evidence, ...{ occurrences: data.occurrences } } : evidence;
  }
}

/** Writes evidence with its occurrences, and all else as the library does. */
export class FactoryWithOccurrences extends Factory {
  override makeForComponentEvidence(): FoundEvidenceNormalizer {
    return new FoundEvidenceNormalizer(this);
  }
}
