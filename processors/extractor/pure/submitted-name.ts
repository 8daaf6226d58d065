// The name of a submitted file, out of the path or URL as the client wrote it: data that says what the extension is.

/** The last part after either kind of slash; the whole text where there is none. */
export const submittedName = (inputFile: string): string =>
  inputFile.split(/[/\\]/).findLast((part) => part !== '') ?? inputFile
