// The port to the views: documents of text fields and scored sets, written only by idempotent writes.

/** Structurally the same as `ViewWrite` of the schemas; the runtime does not know what the documents mean. */
export type Write =
  | { readonly do: 'set'; readonly doc: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly do: 'add'; readonly set: string; readonly member: string; readonly score: number }
  | { readonly do: 'max'; readonly doc: string; readonly field: string; readonly value: number }
  /** Keeps the value with the highest `order`; of equal orders the text that sorts last. Only `latest` writes its field. */
  | {
      readonly do: 'latest'
      readonly doc: string
      readonly field: string
      readonly value: string
      readonly order: number
    }

export interface Member {
  readonly member: string
  readonly score: number
}

export interface Views extends AsyncDisposable {
  /** Applies all writes or none. */
  apply(writes: readonly Write[]): Promise<void>
  read(doc: string): Promise<Readonly<Record<string, string>> | undefined>
  readMany(docs: readonly string[]): Promise<readonly (Readonly<Record<string, string>> | undefined)[]>
  count(set: string): Promise<number>
  countMany(sets: readonly string[]): Promise<readonly number[]>
  /** Members by score, then by name; `after` continues behind a member of an earlier answer. */
  members(
    set: string,
    options: { order: 'up' | 'down'; limit: number; after?: Member },
  ): Promise<readonly Member[]>
  /** Removes documents, sets, and single members of sets. */
  drop(
    docs: readonly string[],
    sets: readonly string[],
    members?: readonly { readonly set: string; readonly member: string }[],
  ): Promise<void>
}
