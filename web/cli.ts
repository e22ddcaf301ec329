import { readdir } from 'node:fs/promises';

/** What each file of web/commands exports. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The options, one per line. */
  readonly usage: string;
  run(args: readonly string[]): Promise<void>;
}

const folder = new URL('./commands/', import.meta.url);

/** `npx quittance <command>`: every job is also a command; files of web/commands, loaded when asked for. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const [name = '', ...rest] = args;
  const names = (await readdir(folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort();
  if (!names.includes(name)) {
    if (name === '' || name === '--help' || name === 'help') {
      console.log(await list(names));
      return;
    }
    throw new Error(`There is no command "${name}".\n\n${await list(names)}`);
  }
  const command = await load(name);
  if (rest.includes('--help')) console.log(`${command.summary}\n\n${command.usage}`);
  else await command.run(rest);
}

async function load(name: string): Promise<Command> {
  const module: unknown = await import(new URL(`${name}.ts`, folder).href);
  const { summary, usage, run } = module as Partial<Command>;
  if (summary === undefined || usage === undefined || run === undefined) {
    throw new Error(`web/commands/${name}.ts must export summary, usage and run`);
  }
  return { summary, usage, run };
}

async function list(names: readonly string[]): Promise<string> {
  const width = Math.max(...names.map((name) => name.length));
  const lines = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(width)}  ${(await load(name)).summary}`),
  );
  return ['usage: npx quittance <command> [options]', '', ...lines].join('\n');
}

try {
  await runCommand(process.argv.slice(2));
} catch (cause) {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  console.error(process.env['DEBUG'] === undefined ? error.message : error);
  process.exitCode = 1;
}
