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

/**
 * Opens a graph of ours: one input of uint8 [1, height, width, 3] of any height and width, and the named outputs.
 * @throws {PermanentFailure} MODEL_NOT_AVAILABLE also when the model is another one
 */
export async function openPictureModel(
  bytes: Uint8Array,
  outputs: readonly string[],
  options: InferenceOptions,
): Promise<InferenceSession> {
  const session = await openSession(bytes, options)
  const missing = outputs.filter((name) => !session.outputNames.includes(name))
  const [input] = session.inputMetadata
  const takesAnySize =
    session.inputNames.length === 1 &&
    input?.isTensor === true &&
    input.type === 'uint8' &&
    typeof input.shape[1] === 'string' &&
    typeof input.shape[2] === 'string'
  if (missing.length === 0 && takesAnySize) return session
  await session.release()
  const why = missing.length > 0 ? `gives no ${missing.join(', ')}` : 'does not take pictures of any size'
  throw new PermanentFailure(
    'MODEL_NOT_AVAILABLE',
    `The model ${why}: it is not the one that is wanted here.`,
  )
}
