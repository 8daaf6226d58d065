// Names every command with its options and help, and turns what happens into an exit code.
import { Command, CommanderError } from 'commander'
import type { RoomName } from './cluster-mode.ts'
import { type CommandIo, failureText } from './command-io.ts'
import { EXIT, type ExitCode, UsageError } from './exit-code.ts'
import { VERSION } from './version.ts'

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value]

const SETTINGS_HELP = `
Settings for --set (model blur): blur_face, enable_lp, blur_threshold, lp_threshold, slicing, mask_blur, lp_track,
                                 hide_by (blur, mosaic, solid), mask_scale (1 to 3)
Settings for --set (model syn):  enable_lp, syntonymize, lp_syntonymize
Settings for --set (both):       include_zones, exclude_zones, min_size, drop_audio (films), for example
                                 --set 'exclude_zones=[[[0,0],[1,0],[1,0.3],[0,0.3]]]' (docs/zones.md)

Exit code: 0 done, 1 failed, 2 wrong use, 3 done with errors in some files.`

type Keep = (code: Promise<ExitCode>) => Promise<void>

function addFileCommands(program: Command, io: CommandIo, keep: Keep): void {
  program
    .command('hide')
    .description('Hide faces and licence plates in pictures, films, archives or folders, without a server')
    .argument('<input...>', 'pictures, films, archives or folders')
    .requiredOption('-o, --output <path>', 'result file, or folder for several inputs')
    .option('--model <model>', 'blur, or syn for synthetic faces and plates', 'blur')
    .option('--set <key=value>', 'a setting of the model; may be repeated', collect, [])
    .option('--detections <file>', 'render from an edited detection document instead of looking')
    .option('--no-copy', 'encode all of a film anew, also parts without anything to hide')
    .option('--film-decode <device>', 'cpu, or cuda for NVDEC (SYNTONYM_FILM_DECODE)')
    .option('--film-encode <device>', 'cpu, or cuda for NVENC (SYNTONYM_FILM_ENCODE)')
    .option('--json', 'progress and outcome as JSON lines on standard output')
    .addHelpText('after', SETTINGS_HELP)
    .action((inputs, options) =>
      keep(import('./commands/hide.ts').then(({ hide }) => hide(inputs, options, io))),
    )

  program
    .command('detect')
    .description('Print what is found as JSON lines: one for a picture, one for each frame of a film')
    .argument('<input...>', 'pictures, films or folders')
    .option('--set <key=value>', 'a setting of the model; may be repeated', collect, [])
    .option('--film-decode <device>', 'cpu, or cuda for NVDEC (SYNTONYM_FILM_DECODE)')
    .addHelpText('after', SETTINGS_HELP)
    .action((inputs, options) =>
      keep(import('./commands/detect.ts').then(({ detect }) => detect(inputs, options, io))),
    )
}

function addServiceCommands(program: Command, io: CommandIo, keep: Keep): void {
  program
    .command('demo')
    .description(
      'Run the bundled samples, or your own files, through the whole job path and show before and after',
    )
    .argument('[file...]', 'your own pictures, films or archives')
    .option('--out <folder>', 'where results and sheets are written', 'demo-out')
    .action((files, options) =>
      keep(import('./commands/demo.ts').then(({ demo }) => demo(files, options, io))),
    )

  program
    .command('dev')
    .description('Local mode: the whole service in one process, on SQLite and files')
    .option('--data-dir <folder>', 'where jobs and results are kept (SYNTONYM_DATA_DIR)')
    .option('--jobs-root <folder>', 'the folder that clients name their files in (SYNTONYM_JOBS_ROOT)')
    .option('--host <address>', 'address to listen on (SYNTONYM_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on; 0 takes a free one (SYNTONYM_PORT, default 8080)')
    .action((options) => keep(import('./commands/dev.ts').then(({ dev }) => dev(options, io))))

  program
    .command('models')
    .description('List the models and check that each has the hash that the manifest names')
    .option('--json', 'as JSON')
    .action((options) => keep(import('./commands/models.ts').then(({ models }) => models(options, io))))

  program
    .command('compile-ahead', { hidden: true })
    .action(() => keep(import('./commands/compile-ahead.ts').then(({ compileAhead }) => compileAhead(io))))

  program
    .command('doctor')
    .description('Say what is there and what is missing')
    .option('--json', 'as JSON')
    .action((options) => keep(import('./commands/doctor.ts').then(({ doctor }) => doctor(options, io))))
}

const ROOMS: readonly [RoomName, string][] = [
  ['gateway', 'the REST API'],
  ['extractor', 'opens what was submitted and plans its tasks'],
  ['anonymizer', 'hides faces and plates'],
  ['projection', 'keeps what the API answers up to date'],
]

function addClusterCommands(program: Command, io: CommandIo, keep: Keep): void {
  for (const [name, does] of ROOMS)
    program
      .command(name)
      .description(`Cluster mode: ${does}; configured by SYNTONYM_* variables`)
      .action(() => keep(import('./commands/room.ts').then(({ room }) => room(name, io))))

  program
    .command('topics')
    .description('Cluster mode: the topics of the bus')
    .command('create')
    .description('Create the topics that are missing and register the schemas; may be repeated')
    .option('--copies <number>', 'copies of each record; 3 where there are three brokers')
    .option('--json', 'as JSON')
    .action((options) =>
      keep(import('./commands/topics.ts').then(({ createTopics }) => createTopics(options, io))),
    )
}

function addDeadLetterCommands(program: Command, io: CommandIo, keep: Keep): void {
  const letters = program
    .command('dead-letters')
    .description('Records that could not be handled: what they are, and sending them back (docs/failures.md)')
  letters
    .command('list')
    .description('Show each one: where it came from, why it could not be handled, how often it was tried')
    .option('--json', 'one JSON line each')
    .action((options) =>
      keep(import('./commands/dead-letters.ts').then(({ listDeadLetters }) => listDeadLetters(options, io))),
    )
  letters
    .command('replay')
    .description(
      'Send them back to the topic they came from: all that were not sent back yet, or those named',
    )
    .argument('[id...]', 'as list shows them, for example 0-17')
    .action((ids) =>
      keep(import('./commands/dead-letters.ts').then(({ replayDeadLetters }) => replayDeadLetters(ids, io))),
    )
}

function addLedgerCommands(program: Command, io: CommandIo, keep: Keep): void {
  const credits = program.command('credits').description('The credits of accounts')
  credits
    .command('show')
    .description('Say what accounts have: available, held and spent')
    .argument('[account]', 'one account; without it all that have credits')
    .option('--json', 'as JSON')
    .action((account, options) =>
      keep(import('./commands/credits.ts').then(({ showCredits }) => showCredits(account, options, io))),
    )
  credits
    .command('grant')
    .description('Give credits to an account; the same --id is booked once')
    .argument('<account>', 'its id in the key file')
    .argument('<credits>', 'a whole number')
    .option('--id <text>', 'names the grant, so that repeating the command does nothing')
    .option('--json', 'as JSON')
    .action((account, amount, options) =>
      keep(
        import('./commands/credits.ts').then(({ grantCredits }) =>
          grantCredits(account, amount, options, io),
        ),
      ),
    )
}

function addCapacityCommand(program: Command, io: CommandIo, keep: Keep): void {
  program
    .command('capacity')
    .description('How many nodes a day of work takes, with every assumption (docs/capacity.md)')
    .option('--films-hours-per-day <hours>', 'hours of 1080p film a day', '0')
    .option('--pictures-per-day <number>', 'pictures a day', '0')
    .option('--gpu <card>', 'in each node: cpu (none), T4, A10, L4, H100', 'cpu')
    .option('--cores <number>', 'cores of a node', '16')
    .option('--fps <number>', 'frames a second of the films', '25')
    .option('--copied <part>', 'part of the frames in groups without anything to hide, 0 to 1', '0')
    .option('--film-minutes <minutes>', 'length of a film', '20')
    .option('--busy-hours <hours>', 'hours in which the work of a day has to be done', '24')
    .option('--assume <name=value>', 'another figure for an assumption; may be repeated', collect, [])
    .option('--simulate', 'also let 1, 10 and 100 nodes run, and say what holds them back')
    .option('--json', 'as JSON')
    .action((options) => keep(import('./commands/capacity.ts').then(({ capacity }) => capacity(options, io))))
}

/** To be added after the rooms: the projection is one of them. */
function addRebuildCommand(program: Command, io: CommandIo, keep: Keep): void {
  const room = program.commands.find((command) => command.name() === 'projection')
  const projection = room ?? program.command('projection').description('What the API answers from')
  projection
    .command('rebuild')
    .description('Build the views anew from all facts; the old ones answer meanwhile (cluster mode)')
    .option('--json', 'as JSON')
    .action((options) =>
      keep(
        import('./commands/projection-rebuild.ts').then(({ rebuildProjection }) =>
          rebuildProjection(options, io),
        ),
      ),
    )
}

/** Runs one command. A failure of the user's making is one line; anything else is said with its stack and exit code 1. */
export async function runProgram(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const program = new Command('syntonym')
    .description('Hides faces and licence plates in pictures, films and archives')
    .version(VERSION)
    .showHelpAfterError('(syntonym --help lists what there is)')
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .exitOverride()
  const keep: Keep = async (running) => {
    code = await running
  }
  addFileCommands(program, io, keep)
  addServiceCommands(program, io, keep)
  addClusterCommands(program, io, keep)
  addDeadLetterCommands(program, io, keep)
  addLedgerCommands(program, io, keep)
  addRebuildCommand(program, io, keep)
  addCapacityCommand(program, io, keep)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failureExit(error, io)
  }
}

function failureExit(error: unknown, io: CommandIo): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse
  if (io.signal.aborted) {
    io.err.write('stopped\n')
    return EXIT.failed
  }
  io.err.write(`syntonym: ${failureText(error)}\n`)
  if (error instanceof UsageError || (error instanceof Error && error.name === 'ConfigurationError'))
    return EXIT.wrongUse
  if (error instanceof Error && !('code' in error) && error.stack !== undefined)
    io.err.write(`${error.stack}\n`)
  return EXIT.failed
}
