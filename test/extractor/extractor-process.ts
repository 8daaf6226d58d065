// A process that runs the extractor on a folder until somebody kills it; says when it works. Argument: the folder.
import { openExtractorWorld } from './extractor-world.ts'

const world = await openExtractorWorld(process.argv[2])
await world.start()
console.log('working')
