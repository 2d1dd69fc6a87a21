/** The command line's grammar (yargs); what each command does is under commands/, loaded when it is called. */
import yargs, { type Argv } from 'yargs';
import { nearest } from '../programs/compose-file/suggest.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { GRAPH_FORMATS } from './graph-format.ts';
import { loadRunner } from './load-runner.ts';
import { UsageError } from './usage-error.ts';
import { packageVersion } from './version.ts';

const OPTIONS = [
  'out',
  'seed',
  'set',
  'env',
  'until',
  'json',
  'quiet',
  'allow-code',
  'format',
  'vary',
  'seeds',
  'measure',
  'jobs',
  'command',
  'steps',
  'limit',
  'packet',
  'frame',
  'from',
  'to',
  'dropped',
  'all',
  'help',
  'version',
];

/** Where a command's work goes on, and what it takes its exit code to. */
interface Call {
  readonly terminal: Terminal;
  exitCode: number;
}

/** Adds a command to a parser under `name`: its own, or `$0` in a parser of that command alone. */
type AddCommand = (parser: Argv, name: string, call: Call) => Argv;

const COMMANDS: Readonly<Record<string, AddCommand>> = {
  run: (parser, name, call) =>
    parser.command(
      `${name} <file>`,
      'run a scenario: transcript on stdout, captures and figures in a folder',
      (y) => runOptions(fileOptions(y)),
      async (args) => {
        const { run } = await import('./commands/run.ts');
        call.exitCode = await run(args, call.terminal, loadRunner);
      },
    ),
  validate: (parser, name, call) =>
    parser.command(
      `${name} <file>`,
      'check a scenario and run nothing',
      (y) => validateOptions(fileOptions(y)),
      async (args) => {
        const { validate } = await import('./commands/validate.ts');
        call.exitCode = validate(args, call.terminal);
      },
    ),
  graph: (parser, name, call) =>
    parser.command(
      `${name} <file>`,
      'draw hosts, networks, containers and links',
      (y) => graphOptions(fileOptions(y)),
      async (args) => {
        const { graph } = await import('./commands/graph.ts');
        call.exitCode = await graph(args, call.terminal);
      },
    ),
  sweep: (parser, name, call) =>
    parser.command(
      `${name} <file>`,
      'repeat a scenario over parameters and seeds: statistics and plots',
      (y) => sweepOptions(fileOptions(y)),
      async (args) => {
        const { sweep } = await import('./commands/sweep.ts');
        call.exitCode = await sweep(args, call.terminal);
      },
    ),
  shell: (parser, name, call) =>
    parser.command(
      `${name} [file]`,
      'an interactive lab: type commands at its machines',
      (y) => shellOptions(labOptions(y)),
      async (args) => {
        const { shell } = await import('./commands/shell.ts');
        call.exitCode = await shell(args, call.terminal);
      },
    ),
  why: (parser, name, call) =>
    parser.command(
      `${name} <run> [filter..]`,
      'the life of a packet, or why it died',
      (y) => whyOptions(y),
      async (args) => {
        const { why } = await import('./commands/why.ts');
        call.exitCode = await why(args, call.terminal);
      },
    ),
  report: (parser, name, call) =>
    parser.command(
      `${name} <folder>`,
      'a run or a sweep as one HTML file',
      (y) => reportOptions(y),
      async (args) => {
        const { report } = await import('./commands/report.ts');
        call.exitCode = await report(args, call.terminal);
      },
    ),
  schema: (parser, name, call) =>
    parser.command(name, 'print the JSON Schema of scenario files', {}, async () => {
      const { schema } = await import('./commands/schema.ts');
      call.exitCode = schema(call.terminal);
    }),
};

/** Reads the arguments and runs the command. Throws UsageError and ScenarioError; resolves to an exit code. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const call: Call = { terminal, exitCode: EXIT.ok };
  const name = argv[0] ?? '';
  // A command that comes first needs no parser of the others, nor the help that yargs prepares of them all.
  const isCommand = Object.hasOwn(COMMANDS, name);
  const parser = isCommand
    ? COMMANDS[name]!(yargs().scriptName(`dockwire ${name}`), '$0', call)
    : allCommands(call);
  parser
    .strict()
    .version(packageVersion())
    .help()
    .alias({ h: 'help', V: 'version' })
    .wrap(Math.min(100, terminal.columns()))
    .exitProcess(false)
    .fail((message, error) => {
      // A command's own error is passed on as it is; what yargs itself says is about the arguments.
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(withNearOption(message || error.message));
    });
  await parser.parse(argv.slice(isCommand ? 1 : 0), {}, (_error, _argv, output) => {
    if (output !== '') terminal.out(`${output}\n`);
  });
  return call.exitCode;
}

function allCommands(call: Call): Argv {
  const parser = yargs()
    .scriptName('dockwire')
    .usage('$0 COMMAND\n\nA packet-level emulator of Docker networking.');
  for (const [name, add] of Object.entries(COMMANDS)) add(parser, name, call);
  return parser
    .example('$0 run scenarios/bridge.yaml', 'transcript here, captures in out/bridge/')
    .example('$0 run lab.yaml --set hosts.host1.docker.mtu=1400', 'change one value of the file')
    .demandCommand(1, 'which command?')
    .recommendCommands();
}

/** An option that may be given again and again. */
const MANY = { type: 'string', array: true, nargs: 1 } as const;
const SEED = { type: 'number', describe: "in place of the scenario's seed", coerce: wholeNumber } as const;
const ALLOW_CODE = {
  type: 'boolean',
  describe: "load the scenario's own drivers: they are programs",
} as const;

function fileOptions<T>(y: Argv<T>) {
  return changeOptions(
    y.positional('file', {
      type: 'string',
      demandOption: true,
      describe: 'the scenario (YAML); - is standard input',
    }),
  );
}

function labOptions<T>(y: Argv<T>) {
  return changeOptions(
    y.positional('file', {
      type: 'string',
      describe: 'the scenario (YAML) that is brought up; default: one Docker host, host1',
    }),
  );
}

function changeOptions<T>(y: Argv<T>) {
  return y
    .option('set', { ...MANY, describe: 'change a value first: path=value' })
    .option('env', { ...MANY, describe: "what Compose's ${NAME} stands for: NAME=value" });
}

function runOptions<T>(y: Argv<T>) {
  return y
    .option('out', { alias: 'o', type: 'string', describe: 'folder for the files; default out/NAME' })
    .option('seed', SEED)
    .option('until', { type: 'string', describe: 'stop at this simulated time, as 10s' })
    .option('json', { type: 'boolean', describe: 'print one JSON document in place of the transcript' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'print no transcript and no progress' })
    .option('allow-code', ALLOW_CODE);
}

function validateOptions<T>(y: Argv<T>) {
  return y.option('quiet', {
    alias: 'q',
    type: 'boolean',
    describe: 'print nothing when it is valid',
  });
}

function graphOptions<T>(y: Argv<T>) {
  return y
    .option('out', { alias: 'o', type: 'string', describe: 'file for the drawing; default: standard output' })
    .option('format', {
      choices: GRAPH_FORMATS,
      describe: "default: by the file's ending, dot on standard output",
    })
    .option('until', {
      type: 'string',
      describe: 'draw what is there at this simulated time; default: the end',
    })
    .option('seed', SEED)
    .option('allow-code', ALLOW_CODE);
}

function sweepOptions<T>(y: Argv<T>) {
  return y
    .option('vary', { ...MANY, describe: 'a parameter: path=value,value or name=1..9 step 2' })
    .option('seeds', { type: 'string', describe: "5 (1 to 5), 1..10 or 1,4,7; default: the scenario's" })
    .option('measure', {
      ...MANY,
      alias: 'm',
      describe: "a figure of each run: drops, or 'rate=steps.1.stdout /([\\d.]+) Mbits/'",
    })
    .option('out', { alias: 'o', type: 'string', describe: 'folder for the files; default out/NAME-sweep' })
    .option('jobs', {
      alias: 'j',
      type: 'number',
      describe: 'runs at a time; default: one a processor',
      coerce: jobCount,
    })
    .option('until', { type: 'string', describe: 'stop each run at this simulated time, as 10s' })
    .option('json', { type: 'boolean', describe: 'print one JSON document in place of the table' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'print no table and no progress' })
    .option('allow-code', ALLOW_CODE);
}

function shellOptions<T>(y: Argv<T>) {
  return y
    .option('command', { alias: 'c', type: 'string', describe: 'run these lines and leave' })
    .option('steps', { type: 'boolean', describe: "run the scenario's steps first" })
    .option('out', { alias: 'o', type: 'string', describe: 'folder for captures; default out/shell' })
    .option('seed', SEED)
    .option('limit', {
      type: 'string',
      describe: 'interrupt a line after this simulated time; default 10min, none at a terminal',
    })
    .option('allow-code', ALLOW_CODE);
}

function whyOptions<T>(y: Argv<T>) {
  const setting = (option: string) => `of a scenario file, as for run: ${option}`;
  return y
    .positional('run', {
      type: 'string',
      demandOption: true,
      describe: "a run's folder, as out/bridge; or a scenario file",
    })
    .positional('filter', {
      type: 'string',
      array: true,
      describe: "which packets, in tcpdump's words; without any choice: what was dropped",
    })
    .option('packet', { type: 'number', array: true, nargs: 1, describe: 'this packet, by its number' })
    .option('frame', { ...MANY, describe: 'this frame of a capture: docker0.pcap:12' })
    .option('from', { type: 'string', describe: 'packets seen not before this simulated time, as 2.5s' })
    .option('to', { type: 'string', describe: 'packets seen not after this simulated time' })
    .option('dropped', { type: 'boolean', describe: 'packets that were dropped' })
    .option('limit', { type: 'number', describe: 'show so many packets; default 3' })
    .option('all', {
      type: 'boolean',
      describe: 'also routine drops, ends of chains and policies that accept',
    })
    .option('json', { type: 'boolean', describe: 'print one JSON document' })
    .option('set', { ...MANY, describe: setting('path=value') })
    .option('env', { ...MANY, describe: setting('NAME=value') })
    .option('seed', { type: 'number', describe: setting('a number'), coerce: wholeNumber })
    .option('until', { type: 'string', describe: setting('a simulated time') })
    .option('allow-code', ALLOW_CODE);
}

function reportOptions<T>(y: Argv<T>) {
  return y
    .positional('folder', {
      type: 'string',
      demandOption: true,
      describe: 'what run or sweep wrote, as out/bridge',
    })
    .option('out', {
      alias: 'o',
      type: 'string',
      nargs: 1, // so that yargs takes a lone dash
      describe: 'file for the report, - is standard output; default: report.html in the folder',
    });
}

function jobCount(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 1024) return value;
  throw new UsageError('--jobs takes a whole number from 1 to 1024');
}

function wholeNumber(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new UsageError('--seed takes a whole number from 0 to 4294967295');
}

/** yargs suggests commands; options it only calls unknown. */
function withNearOption(message: string): string {
  const unknown = /^Unknown arguments?: ([^\s,]+)/.exec(message)?.[1];
  const near = unknown === undefined ? undefined : nearest(unknown, OPTIONS);
  return near === undefined ? message : `${message}; did you mean --${near}?`;
}
