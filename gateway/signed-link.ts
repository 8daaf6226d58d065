// Signs links that open one file without a key for a while; nobody without the secret can make or stretch one.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock, Random } from '#runtime/clock.ts'
import { pause } from '#runtime/pause.ts'
import type { StateStore } from '#runtime/state/state-store.ts'
import { LINK_SECRET_KEY } from '#schemas/state-keys.ts'

export type LinkKind = 'download' | 'download_job' | 'detections'
export type LinkVerdict = 'good' | 'forged' | 'expired'

export interface LinkSigner {
  /** Path and query that open `id` until `expiresAtMs` (rounded down to seconds). */
  sign(kind: LinkKind, id: string, expiresAtMs: number): string
  check(kind: LinkKind, id: string, query: { expires?: string; signature?: string }): LinkVerdict
}

/** A signer with HMAC-SHA-256 over kind, id and end. */
export function linkSigner(secret: () => string, clock: Clock): LinkSigner {
  const signature = (kind: LinkKind, id: string, expires: string): Buffer =>
    createHmac('sha256', secret())
      .update(JSON.stringify([kind, id, expires]))
      .digest()
  return {
    sign(kind, id, expiresAtMs) {
      const expires = String(Math.floor(expiresAtMs / 1000))
      return `/${kind}/${id}?expires=${expires}&signature=${signature(kind, id, expires).toString('base64url')}`
    },
    check(kind, id, { expires = '', signature: given = '' }) {
      const wanted = signature(kind, id, expires)
      const bytes = Buffer.from(given, 'base64url')
      const genuine = bytes.length === wanted.length && timingSafeEqual(bytes, wanted)
      if (!genuine || !/^\d{1,12}$/.test(expires)) return 'forged'
      return clock.now() < Number(expires) * 1000 ? 'good' : 'expired'
    },
  }
}

/** The secret that all gateways on one store share; the first one that asks makes it, `known` where it has one. */
export async function sharedLinkSecret(store: StateStore, random: Random, known?: string): Promise<string> {
  for (;;) {
    const stored = await store.get(LINK_SECRET_KEY)
    if (stored !== undefined) return stored.value
    const value = known ?? `${random.uuid()}${random.uuid()}`
    await store.commit({
      checks: [{ key: LINK_SECRET_KEY, version: 0 }],
      puts: [{ key: LINK_SECRET_KEY, value }],
    })
  }
}

export interface LinkSecret {
  value(): string
}

/**
 * The shared secret, looked at again and again: it is no fact, so a store that was lost comes back without it, and the
 * gateways that knew it put it there again. Links that were given out stay good.
 */
export async function openLinkSecret(
  store: StateStore,
  random: Random,
  options: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<LinkSecret> {
  let secret = await sharedLinkSecret(store, random)
  const keep = async () => {
    while (!options.signal.aborted) {
      await pause(options.everyMs, options.signal)
      // A store that is away is asked again next time.
      secret = await sharedLinkSecret(store, random, secret).catch(() => secret)
    }
  }
  void keep()
  return { value: () => secret }
}
