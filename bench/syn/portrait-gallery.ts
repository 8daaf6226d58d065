// Looks at all portraits once, so that a face can be looked up among them.
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { decodePicture } from '#anonymizer/picture/decode-picture.ts'
import type { FaceEmbedder } from '../privacy/face-embedder.ts'
import { type FaceWitness, readableFace } from '../privacy/face-witness.ts'
import type { GalleryPicture } from '../privacy/gallery-ranks.ts'
import { personNamed } from '../privacy/people-in-pictures.ts'
import { rgbOf } from './rgb-of.ts'

/** Pictures without a face that the witness is sure of, or whose names tell no person, are left out. */
export async function portraitGallery(
  folder: string,
  files: readonly string[],
  { witness, embedder }: { readonly witness: FaceWitness; readonly embedder: FaceEmbedder },
): Promise<readonly GalleryPicture[]> {
  const gallery: GalleryPicture[] = []
  for (const file of files) {
    const person = personNamed(file)
    const picture = rgbOf(await decodePicture(await readFile(join(folder, file)), extname(file)))
    const face = readableFace(await witness.look(picture))
    if (face && person) gallery.push({ file, person, vector: await embedder.embed(picture, face.points) })
  }
  return gallery
}
