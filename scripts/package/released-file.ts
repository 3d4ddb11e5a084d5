/** A file of a release, and where it can be downloaded. */
export interface ReleasedFile {
  readonly name: string;
  readonly url: string;
  /** Hexadecimal. */
  readonly sha256: string;
}
