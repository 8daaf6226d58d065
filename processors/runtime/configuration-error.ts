// The person who starts the program has to change something: one clear message, exit code 2.

/** Wrong use or a wrong surrounding (variable, folder, version): trying again does not help, reading the message does. */
export class ConfigurationError extends Error {
  readonly exitCode = 2
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigurationError'
  }
}
