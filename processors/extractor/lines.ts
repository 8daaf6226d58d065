// Cuts a stream into lines at line feeds and nowhere else: carriage returns and other breaks belong to names.

const LINE_FEED = 0x0a
/** Longer lines are cut: no name in an archive is as long. */
const MAX_LINE_BYTES = 1024 * 1024

/** Lines as bytes, without the line feed. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of stream) {
    let from = 0
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, feed)])
      rest = []
      restBytes = 0
      from = feed + 1
    }
    if (restBytes < MAX_LINE_BYTES) rest.push(chunk.subarray(from))
    restBytes += chunk.length - from
  }
  if (restBytes > 0) yield Buffer.concat(rest)
}
