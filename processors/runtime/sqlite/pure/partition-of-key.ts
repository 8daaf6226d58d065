// Says in which partition the records of a key lie: always the same one, evenly spread over the keys.

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a over UTF-16 code units, modulo the partitions. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function partitionOfKey(key: string, partitions: number): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME)
  // The low bits of FNV-1a alone spread badly over a power of two: fold the high ones in.
  return ((hash ^ (hash >>> 15)) >>> 0) % partitions
}
