// Every limit of the extractor by name, with the value that holds where nobody set another.

export interface ExtractorLimits {
  /** Members of one archive. */
  readonly members: number
  /** Unpacked size of one member, in bytes. */
  readonly memberBytes: number
  /** Unpacked size of all members, in bytes. */
  readonly totalBytes: number
  /** Unpacked size over packed size; looked at only above `ratioFromBytes`, because small flat pictures pack well. */
  readonly ratio: number
  readonly ratioFromBytes: number
  /** What 7-Zip may print when it lists an archive, in bytes. */
  readonly listingBytes: number
  /** Pixels of a picture and of one frame of a film. */
  readonly picturePixels: number
  readonly filmPixels: number
  /** Time for looking into one file, in milliseconds. */
  readonly probeMs: number
  /** Time for listing an archive, and longest silence while it is unpacked, in milliseconds. */
  readonly listMs: number
  readonly stallMs: number
  /** Time for one whole archive, in milliseconds. */
  readonly archiveMs: number
  /** Resident memory of the child that unpacks, and of the child that looks into media, in bytes. */
  readonly unpackMemoryBytes: number
  readonly probeMemoryBytes: number
}

const MIB = 1024 * 1024
const GIB = 1024 * MIB

export const DEFAULT_EXTRACTOR_LIMITS: ExtractorLimits = {
  members: 100_000,
  memberBytes: 4_294_967_295,
  totalBytes: 64 * GIB,
  ratio: 200,
  ratioFromBytes: 32 * MIB,
  listingBytes: 256 * MIB,
  picturePixels: 200_000_000,
  filmPixels: 8192 * 4352,
  probeMs: 20_000,
  listMs: 60_000,
  stallMs: 30_000,
  archiveMs: 4 * 60 * 60 * 1000,
  unpackMemoryBytes: 480 * MIB,
  probeMemoryBytes: 480 * MIB,
}

/** Archives inside archives are never opened. */
export const ARCHIVE_DEPTH = 1
/** Files handed from the unpacking child to us that are not yet taken: bounds what lies in the work folder. */
export const UNTAKEN_MEMBERS = 16
/** How often a child that dies on a member of one archive is replaced before the rest is refused. */
export const CHILD_RESTARTS = 20
/** Damaged solid archives are read once more, member by member; beyond this many the rest is refused. */
export const RESCUED_MEMBERS = 500
