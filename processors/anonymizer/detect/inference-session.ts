// Opens a model in ONNX Runtime so that it uses the threads and the processor that it was told to use.
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import { PermanentFailure } from '#runtime/failure.ts'

export interface InferenceOptions {
  /** Threads within one run. */
  readonly threads: number
  readonly executionProvider: 'cpu' | 'cuda' | 'tensorrt'
}

/** Errors only: the runtime's warnings name nodes of the graph, which help nobody. */
const LOG_ERRORS = 3

/**
 * Waiting threads sleep instead of spinning: same latency, half the CPU.
 * @throws {PermanentFailure} MODEL_NOT_AVAILABLE when the provider asked for is not in this build, or the bytes are no model
 */
export async function openSession(
  bytes: Uint8Array,
  { threads, executionProvider }: InferenceOptions,
): Promise<InferenceSession> {
  const here = listSupportedBackends().map((backend) => backend.name)
  if (!here.includes(executionProvider))
    throw new PermanentFailure(
      'MODEL_NOT_AVAILABLE',
      `The execution provider ${executionProvider} is not available here; there is ${here.join(', ')}.`,
    )
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [executionProvider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // A pattern is kept for every size of picture that was ever seen: 990 MB instead of 670 with tiles.
      enableMemPattern: false,
      logSeverityLevel: LOG_ERRORS,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  } catch (error) {
    const detail =
      executionProvider === 'cpu'
        ? 'The model could not be opened by ONNX Runtime.'
        : `The model could not be opened on ${executionProvider}: its libraries or the GPU are missing.`
    throw new PermanentFailure('MODEL_NOT_AVAILABLE', detail, { cause: error })
  }
}
