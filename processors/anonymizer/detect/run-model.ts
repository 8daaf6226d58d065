// Runs a model of one input once; whatever goes wrong in the runtime is a detector without a result, never an empty result.
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { PermanentFailure } from '#runtime/failure.ts'

/**
 * Blocks the event loop while it computes (ONNX Runtime's `run` is synchronous inside).
 * @throws {PermanentFailure} DETECTION_FAILED
 */
export async function runModel(
  session: InferenceSession,
  image: Tensor,
): Promise<Readonly<Record<string, Tensor | undefined>>> {
  const [input = 'image'] = session.inputNames
  try {
    return await session.run({ [input]: image })
  } catch (error) {
    throw new PermanentFailure('DETECTION_FAILED', 'The detector gave no result.', { cause: error })
  }
}
