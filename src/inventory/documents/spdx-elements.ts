/** Elements of an SPDX 2.3 document in JSON, as its schema has them; what distill writes of them. */
export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly primaryPackagePurpose: "CONTAINER" | "OPERATING_SYSTEM" | "LIBRARY" | "APPLICATION";
  readonly downloadLocation: "NOASSERTION";
  readonly filesAnalyzed: boolean;
  readonly packageVerificationCode?: { readonly packageVerificationCodeValue: string };
  readonly licenseConcluded: "NOASSERTION";
  readonly licenseDeclared: string;
  readonly copyrightText: "NOASSERTION";
  readonly sourceInfo?: string;
  readonly summary?: string;
  readonly externalRefs?: readonly SpdxReference[];
  readonly annotations?: readonly SpdxAnnotation[];
}

export interface SpdxReference {
  readonly referenceCategory: "PACKAGE-MANAGER";
  readonly referenceType: "purl";
  readonly referenceLocator: string;
}

export interface SpdxAnnotation {
  readonly annotationType: "OTHER";
  readonly annotator: string;
  readonly annotationDate: string;
  readonly comment: string;
}

export interface SpdxFile {
  readonly SPDXID: string;
  readonly fileName: string;
  readonly checksums: readonly { readonly algorithm: "SHA1" | "SHA256"; readonly checksumValue: string }[];
  readonly licenseConcluded: "NOASSERTION";
  readonly copyrightText: "NOASSERTION";
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: "DESCRIBES" | "CONTAINS" | "DEPENDS_ON";
  readonly relatedSpdxElement: string;
}

/** A licence that SPDX does not list, under the name that the document gives it. */
export interface SpdxExtractedLicense {
  readonly licenseId: string;
  readonly name: string;
  readonly extractedText: string;
}
