// The boxed side of the box tests: does one thing that is asked for and says what came of it.
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'

const attempt = async (what: () => Promise<unknown>): Promise<string> => {
  try {
    return `done: ${await what()}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

async function answer(order: { do: string; with: string }): Promise<unknown> {
  switch (order.do) {
    case 'connect': {
      const socket = connect(Number(order.with), '127.0.0.1')
      return attempt(() => once(socket, 'connect'))
    }
    case 'read':
      return attempt(() => readFile(order.with, 'utf8'))
    case 'write':
      return attempt(() => writeFile(order.with, 'written'))
    case 'environment':
      return Object.keys(process.env)
    case 'fill': {
      const kept: Buffer[] = []
      for (;;) {
        kept.push(Buffer.alloc(8 * 1024 * 1024, 1))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    case 'print':
      process.stdout.write('x'.repeat(Number(order.with)))
      return 'printed'
    default:
      return undefined
  }
}

process.on('message', async (order: { do: string; with: string }) => process.send?.(await answer(order)))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
