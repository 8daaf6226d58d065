// Remembers things by name or number, and of too many forgets the one that was longest not asked for.

export interface Memory<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

export function memoryOf<Key, Value>(most: number): Memory<Key, Value> {
  const kept = new Map<Key, Value>()
  return {
    get: (key) => kept.get(key),
    set(key, value) {
      kept.delete(key)
      kept.set(key, value)
      if (kept.size <= most) return
      for (const oldest of kept.keys()) {
        kept.delete(oldest)
        break
      }
    },
  }
}
