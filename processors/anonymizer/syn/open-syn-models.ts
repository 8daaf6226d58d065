// Opens what synthetic faces are made with, from models whose bytes were checked.
import type { InferenceOptions } from '../detect/inference-session.ts'
import { readAppearance } from './appearance.ts'
import { openFaceMesh } from './face-mesh.ts'
import type { SynModels } from './synthesizer.ts'

/** What the model store loads; see models/model-store.ts. */
export interface SynModelBytes {
  readonly mesh: { readonly bytes: Uint8Array }
  readonly appearance: { readonly bytes: Uint8Array }
  readonly textures: { readonly bytes: Uint8Array }
}

/** @throws {PermanentFailure} MODEL_NOT_AVAILABLE */
export async function openSynModels(bytes: SynModelBytes, options: InferenceOptions): Promise<SynModels> {
  const appearance = await readAppearance(bytes.appearance.bytes, bytes.textures.bytes)
  return { appearance, mesh: await openFaceMesh(bytes.mesh, options) }
}
