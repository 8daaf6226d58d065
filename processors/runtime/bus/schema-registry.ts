// The port to the schema registry: a record names the schema it was written with by a number (Confluent framing).

export interface SchemaRegistry {
  /** Registers a schema (JSON text) under a subject and returns its number; the same text gives the same number. */
  register(subject: string, schemaJson: string): Promise<number>
  /** The schema text of a number. @throws {PermanentFailure} EVENT_UNREADABLE for an unknown number. */
  schemaById(id: number): Promise<string>
}
