// What the service says about itself.
import { z } from 'zod'

export const aliveSchema = z
  .strictObject({ status: z.literal('ok') })
  .meta({ id: 'Alive', examples: [{ status: 'ok' }] })

export const readySchema = z
  .strictObject({
    status: z.literal('ok'),
    parts: z.record(z.string(), z.literal('ok')).meta({ description: 'What the service needs, by name.' }),
  })
  .meta({ id: 'Ready', examples: [{ status: 'ok', parts: { decisions: 'ok', views: 'ok', objects: 'ok' } }] })

export const notReadySchema = z
  .strictObject({
    detail: z.string(),
    code: z.string(),
    parts: z.record(z.string(), z.enum(['ok', 'down'])).optional(),
  })
  .meta({
    id: 'NotReady',
    examples: [
      {
        detail: 'Not ready: objects',
        code: 'STORE_UNAVAILABLE',
        parts: { decisions: 'ok', objects: 'down' },
      },
    ],
  })
