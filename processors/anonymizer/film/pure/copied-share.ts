// Says how much of a film was taken over as it is, for one pass or for all of its parts.

export interface CopiedShare {
  /** Pictures taken over. */
  readonly frames: number
  /** Groups of pictures (from one refresh to the next) taken over whole. */
  readonly groups: number
  /** Groups of which some or all was encoded. */
  readonly groupsEncoded: number
}

export const NOTHING_COPIED: CopiedShare = { frames: 0, groups: 0, groupsEncoded: 0 }

export const copiedInAll = (parts: readonly CopiedShare[]): CopiedShare =>
  parts.reduce(
    (sum, { frames, groups, groupsEncoded }) => ({
      frames: sum.frames + frames,
      groups: sum.groups + groups,
      groupsEncoded: sum.groupsEncoded + groupsEncoded,
    }),
    NOTHING_COPIED,
  )
