// The port to the object store: bytes under keys, written whole or not at all.
import type { Readable } from 'node:stream'

export interface ObjectFacts {
  readonly key: string
  readonly bytes: number
}
export interface StoredObject extends ObjectFacts {
  /** Lower-case hex. */
  readonly sha256: string
}

export interface Objects extends AsyncDisposable {
  /** Stores a stream under a key: visible only when complete and durable; an earlier object is replaced at once. */
  put(key: string, content: Readable): Promise<StoredObject>
  /** Stores a local file under a key; the file stays as it is. */
  putFile(key: string, path: string): Promise<StoredObject>
  /** Streams the bytes, or a range of them (`end` exclusive). @throws {PermanentFailure} OBJECT_MISSING */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** Writes the object to a local path (a new file). @throws {PermanentFailure} OBJECT_MISSING */
  fetchTo(key: string, path: string): Promise<StoredObject>
  stat(key: string): Promise<ObjectFacts | undefined>
  list(prefix: string): AsyncIterable<ObjectFacts>
  delete(key: string): Promise<void>
  deletePrefix(prefix: string): Promise<void>
  /** A link that a browser can open without a key, or undefined where the store has none (then the gateway serves the bytes). */
  presignGet(key: string, options: { fileName: string; expiresSeconds: number }): Promise<string | undefined>
}
