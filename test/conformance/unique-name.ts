// Names that no other test of any run uses, so that tests share one real server.
import { randomUUID } from 'node:crypto'

export const uniqueName = (what: string): string => `test.${what}.${randomUUID().slice(0, 13)}`
