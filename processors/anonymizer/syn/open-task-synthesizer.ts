// Opens the synthesizer of one task, if its job asks for one; without the secret or the models the task fails.
import { PermanentFailure } from '#runtime/failure.ts'
import { synChoice } from '../pure/syn-choice.ts'
import type { MediaTask } from '../worker/protocol.ts'
import { createSynthesizer, type SynModels, type Synthesizer } from './synthesizer.ts'

/** Loads on first use; the same models for every task. */
export type SynModelsSource = () => Promise<SynModels>

const SEED_BYTES = 32

/** Undefined where the job asks for nothing synthetic. @throws {PermanentFailure} MODEL_NOT_AVAILABLE, RENDER_FAILED */
export async function openTaskSynthesizer(
  task: Pick<MediaTask, 'id' | 'choice' | 'synSeed' | 'until'>,
  models: SynModelsSource | undefined,
): Promise<Synthesizer | undefined> {
  const choice = synChoice(task.choice)
  if (!choice || task.until !== 'rendered') return undefined
  if (!models) throw new PermanentFailure('MODEL_NOT_AVAILABLE', 'There are no synthetic faces here.')
  const seed = Buffer.from(task.synSeed ?? '', 'hex')
  if (seed.length !== SEED_BYTES)
    throw new PermanentFailure('RENDER_FAILED', 'The job has no secret to draw synthetic faces from.')
  return createSynthesizer(await models(), { ...choice, seed, file: task.id })
}
