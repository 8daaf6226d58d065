// Decides from the text of a client's `file_path` where its file lies: below the jobs root, or in a configured bucket.
import { jobsPath, type PathCode } from './jobs-path.ts'

export type InputPlace =
  | { readonly at: 'jobs-root'; readonly relative: string }
  | { readonly at: 'bucket'; readonly bucket: string; readonly key: string }
export type PlaceVerdict =
  | { readonly verdict: 'ok'; readonly place: InputPlace; readonly fileName: string }
  | { readonly verdict: 'refused'; readonly code: PathCode; readonly reason: string }

/** Where inputs may lie. */
export interface InputRoots {
  /** The jobs root as the operator wrote it. */
  readonly jobsRoot: string
  /** Buckets that clients may name; those of the service itself are never among them. */
  readonly buckets: readonly string[]
}

/** The limit of S3 itself. */
const MAX_KEY_BYTES = 1_024
const ADDRESS = /^s3:\/\/([^/]+)\/(.*)$/is

const refused = (code: PathCode, reason: string): PlaceVerdict => ({ verdict: 'refused', code, reason })

function bucketPlace(bucket: string, key: string, buckets: readonly string[]): PlaceVerdict {
  if (!buckets.includes(bucket))
    return refused('SOURCE_NOT_CONFIGURED', 'The bucket is not one that the service may read')
  if (!key.isWellFormed() || key.includes('\0')) return refused('PATH_INVALID', 'The key is not valid text')
  if (new TextEncoder().encode(key).length > MAX_KEY_BYTES)
    return refused('PATH_INVALID', `The key is longer than ${MAX_KEY_BYTES} bytes`)
  const segments = key.split('/')
  const fileName = segments.at(-1) ?? ''
  if (fileName === '') return refused('FILE_NOT_REGULAR', 'The address names no object; hand in a file')
  // Clients and servers disagree about what these mean in a key.
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return refused('PATH_INVALID', 'The key has an empty part, "." or ".."')
  return { verdict: 'ok', place: { at: 'bucket', bucket, key }, fileName }
}

/** Where the client's file lies; whether it is there, only the disk or the bucket knows. */
export function inputPlace(clientPath: string, roots: InputRoots): PlaceVerdict {
  const [, bucket, key] = ADDRESS.exec(clientPath) ?? []
  if (bucket !== undefined && key !== undefined && roots.buckets.length > 0)
    return bucketPlace(bucket, key, roots.buckets)
  const path = jobsPath(clientPath, roots.jobsRoot)
  if (path.verdict === 'refused') return path
  return { verdict: 'ok', place: { at: 'jobs-root', relative: path.relative }, fileName: path.fileName }
}
