// Gives the last part of a path or URL as its writer wrote it; for showing only, it never names a file of ours.

/** Splits at both slashes, as clients of both kinds of system exist. The whole text where there is no part. */
export const lastPathPart = (path: string): string =>
  path.split(/[/\\]/).findLast((part) => part !== '') ?? path
