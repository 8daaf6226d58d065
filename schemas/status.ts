// Gives the status numbers of the API their names.

export const STATUS = {
  waitingForApproval: 0,
  queued: 1,
  processing: 2,
  completed: 3,
  cancelled: 4,
  failed: 5,
} as const

export type Status = (typeof STATUS)[keyof typeof STATUS]

/** Texts of `status_detail` where nothing more precise is known. */
export const STATUS_DETAIL: Record<Status, string> = {
  0: 'Waiting for approval',
  1: 'Queued',
  2: 'Processing',
  3: 'Completed',
  4: 'Cancelled',
  5: 'Failed',
}

export const isTerminal = (status: Status): boolean => status >= STATUS.completed
