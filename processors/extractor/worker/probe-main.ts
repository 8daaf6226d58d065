// The boxed child that looks into media files, one at a time, for as long as its parent lives.
import type { ProbeAnswer, ProbeOrder } from '../pure/probe-result.ts'
import { probeFile } from './probe-file.ts'

const say = (answer: ProbeAnswer): void => {
  process.send?.(answer)
}

// The parent is the only sender and asks again only after an answer.
process.on('message', async (order: ProbeOrder) => {
  say({ say: 'probed', id: order.id, result: await probeFile(order) })
})
process.on('disconnect', () => process.exit(0))
say({ say: 'ready' })
