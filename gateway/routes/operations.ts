// Lists every operation of the API, in the order in which the reference shows them.
import type { Registry } from 'prom-client'
import type { GatewayParts } from '../gateway-parts.ts'
import { approveJob } from './approve-job.ts'
import { cancelJob } from './cancel-job.ts'
import { cancelTask } from './cancel-task.ts'
import { deleteJob } from './delete-job.ts'
import { downloadOperations } from './download.ts'
import { healthOperations } from './health.ts'
import { jobEventsOperation } from './job-events.ts'
import { jobResult } from './job-result.ts'
import { listJobs } from './list-jobs.ts'
import type { Operation } from './operation.ts'
import { jobStatusOperation, taskStatusOperation } from './read-status.ts'
import { submit } from './submit.ts'

export const operationsOf = (parts: GatewayParts, registry: Registry): readonly Operation[] => [
  submit(parts, 'process_file'),
  submit(parts, 'process_video'),
  submit(parts, 'process_image'),
  jobStatusOperation(parts),
  taskStatusOperation(parts),
  jobEventsOperation(parts),
  listJobs(parts),
  jobResult(parts),
  approveJob(parts),
  cancelJob(parts),
  cancelTask(parts),
  deleteJob(parts),
  ...downloadOperations(parts),
  ...healthOperations(parts, registry),
]
