// Says of one file what it is and whether it can be processed; runs only in the boxed child.
import { open } from 'node:fs/promises'
import { agreement } from '../pure/agreement.ts'
import type { ProbeOrder, ProbeResult } from '../pure/probe-result.ts'
import { SNIFF_BYTES, sniff } from '../pure/sniff.ts'
import { probeFilm } from './probe-film.ts'
import { probePicture } from './probe-picture.ts'
import { readAt } from './read-at.ts'

export async function probeFile(order: ProbeOrder): Promise<ProbeResult> {
  await using file = await open(order.path, 'r')
  const agreed = agreement(sniff(await readAt(file, 0, SNIFF_BYTES)), order.fileName)
  switch (agreed.verdict) {
    case 'refused':
      return agreed
    case 'archive':
      return { verdict: 'archive', type: agreed.type }
    case 'film':
      return probeFilm({ ...agreed, path: order.path, maxPixels: order.filmPixels })
    case 'picture': {
      const { size } = await file.stat()
      return await probePicture({
        ...agreed,
        file,
        bytes: size,
        path: order.path,
        maxPixels: order.picturePixels,
      })
    }
  }
}
