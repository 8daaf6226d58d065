// Reads a written film back and refuses it where it is not as long as what was put in.
import { Packet } from 'node-av/lib'
import { PermanentFailure } from '#runtime/failure.ts'
import { openFilm } from './open-film.ts'
import type { ContainerRules } from './pure/container.ts'
import type { WrittenFilm } from './write-film.ts'

/** @throws {PermanentFailure} OUTPUT_UNVERIFIED */
export function verifyFilm(path: string, rules: ContainerRules, written: WrittenFilm): void {
  using film = openFilm(path, rules)
  using packet = new Packet()
  packet.alloc()
  let pictures = 0
  const soundOf = new Map(film.audio.map((stream, position) => [stream.index, position]))
  const soundBytes = film.audio.map(() => 0)
  while (film.format.readFrameSync(packet) >= 0) {
    const position = soundOf.get(packet.streamIndex)
    if (packet.streamIndex === film.video.index && packet.size > 0) pictures++
    else if (position !== undefined) soundBytes[position] = (soundBytes[position] ?? 0) + packet.size
    packet.unref()
  }
  const wrong =
    pictures !== written.pictures
      ? `${pictures} pictures instead of ${written.pictures}`
      : soundBytes.join() !== written.soundBytes.join()
        ? 'another amount of sound'
        : null
  if (wrong) throw new PermanentFailure('OUTPUT_UNVERIFIED', `The written film has ${wrong}.`)
}
