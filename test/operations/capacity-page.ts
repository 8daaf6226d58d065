// Writes docs/capacity.md from the model in the code: every figure and table on the page is what it says now.
import {
  figuresTable,
  limitsTable,
  planText,
  scaleTable,
  scalingTable,
} from '#cli/pure/capacity/capacity-text.ts'
import { CODEC_CEILINGS, usualFigures } from '#cli/pure/capacity/figures.ts'
import { planCapacity } from '#cli/pure/capacity/plan.ts'
import { scaleRows, scalingRows } from '#cli/pure/capacity/scenarios.ts'

const figures = usualFigures()
const node = { cores: 16, gpu: 'cpu' } as const
const day = { filmHours: 100, pictures: 50_000, fps: 25, copied: 0, filmMinutes: 20, busyHours: 24 }

const ceilings = Object.entries(CODEC_CEILINGS)
  .map(([gpu, { fps, encoder }]) => `${gpu} ${fps} frames a second${encoder ? '' : ' (decoding only)'}`)
  .join(', ')

export function capacityPage(): string {
  const example = planText(day, node, planCapacity(day, node, figures), figures)
  const short = example.slice(0, example.indexOf('Assumptions'))
  return `# Capacity

\`\`\`
$ syntonym capacity --films-hours-per-day 100 --pictures-per-day 50000
${short}\`\`\`

It prints every assumption, takes another figure with \`--assume name=value\`, and the whole as \`--json\`. A plan is as good as
its figures: measure \`syntonym_task_seconds\` and \`syntonym_detector_seconds_total\` on your nodes with your films, and put them in.
This page is written from the model in the code (\`npm test -- test/operations -u\`).

## What it is fed with

${figuresTable()}

Every frame is decoded and looked at; a frame is encoded unless its group has nothing to hide. A GPU takes the looks; films are
decoded and encoded on the CPU today. What the codecs of the cards could do (published, 1080p H.264): ${ceilings}.

## Where the design stops scaling

Nodes of 16 cores without GPU, one pod each: one film at a time on all cores, one picture on each core. Offered is 80 % of what the
pods could do together. A limit has held a run back where leaving it alone, with the others lifted, is worse than lifting all
(\`syntonym capacity --simulate\`).

${scaleTable(scaleRows(node, figures))}

- **A queue for each pod.** A pod works on its partitions only, so a film waits behind those of its own pod while another pod is
  free: that, not the work, makes the long waits at ten. Few large nodes, or more than the work takes, shorten it.
- **Partitions.** From 65 pods on pods stay idle. More partitions help, but a topic that has records keeps its own: add a new
  version of the topic.
- **The shared path.** With one projection it is the slowest of what all nodes share:

${limitsTable(figures, 1)}

With 12 projections, as many as the facts have partitions:

${limitsTable(figures, 12)}

## Pods that come when they are needed

Films for eight pods arrive while there is one; \`keda.lagPerPod\` 4, asked every 15 s, from the decision to a pod with partitions:

${scalingTable(scalingRows(node, figures))}

Every change of the number of pods moves partitions, and films in work on them change hands: they lose the part in hand, half a
minute of film on average. So pools shrink by one pod at a time, after ten minutes of calm.

## What the model leaves out

Uploads and the network between nodes and the store; memory; films other than 1080p (cost goes with the pixels); synthetic faces
(four of 120 pixels cost about as much again as the looks); a second job on the same machine. Days without an hour of rest have no
reserve for a node that is away: add one.
`
}
