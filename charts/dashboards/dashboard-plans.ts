// Names the dashboards by the file that each is committed as.
import { CAPACITY } from './capacity-plan.ts'
import { OPERATIONS } from './operations-plan.ts'
import { QUALITY } from './quality-plan.ts'

export const DASHBOARDS = { operations: OPERATIONS, capacity: CAPACITY, quality: QUALITY } as const
