// P9: status reads of the gateway beside a bare Fastify with one Redis GET; with `--load` their p99 while films are worked on.
// `npm run bench -- front-door [--load] [--rounds 7] [--seconds 3] [--width 16] [--pace 50]`
import { parseArgs } from 'node:util'
import { besideBare } from './front-door/beside-bare.ts'
import { openStatusSite } from './front-door/status-site.ts'
import { underMediaLoad } from './front-door/under-media-load.ts'

const { values } = parseArgs({
  options: {
    load: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string' },
    width: { type: 'string', default: '16' },
    pace: { type: 'string', default: '50' },
  },
})
const width = Number(values.width)
await using site = await openStatusSite()
if (values.load)
  await underMediaLoad(site, { perSecond: Number(values.pace), width, seconds: Number(values.seconds ?? 30) })
else await besideBare(site, { rounds: Number(values.rounds), width, seconds: Number(values.seconds ?? 3) })
