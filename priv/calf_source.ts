/**
 * Where calves come from: the spawner, and one calf that is started before anything is known of its
 * interface, and before the command line is read: it needs longer to come into being than priv does for
 * both. So this file imports little.
 *
 * @module
 */

import { CalfProcess } from "./calf_process.ts";
import { Spawner } from "./spawner/spawner.ts";

/** What an interface's name may look like, if it is no pattern and no option. */
const PLAIN_NAME = /^(?!-)[^*?/]{1,15}$/;

const SPAWNER_OPTION = "--spawner";

/** The value of `--spawner`, before the command line is read; null when there is none. */
function spawnerPath(argv: readonly string[]): string | null {
  let path: string | null = null;
  for (let i = 0; i < argv.length && argv[i] !== "--"; i++) {
    if (argv[i].startsWith(`${SPAWNER_OPTION}=`)) path = argv[i].slice(SPAWNER_OPTION.length + 1);
    else if (argv[i] === SPAWNER_OPTION) path = argv[i + 1] ?? null;
  }
  return path;
}

/** See the module's description. */
export class CalfSource {
  #spawner: Spawner | null = null;
  #early: CalfProcess | null = null;
  readonly #earlyName: string;
  /** Null when the spawner is our own. */
  readonly #spawnerPath: string | null;

  /**
   * Starts the calf of the interface that a command line ends with, if it ends with a name. Should that be
   * something else, no interface will take it. When the kernel refuses, there is none, and whoever starts
   * the next learns why.
   *
   * @param argv the command line without the program's name
   */
  constructor(argv: readonly string[]) {
    this.#earlyName = argv.at(-1) ?? "";
    this.#spawnerPath = spawnerPath(argv);
    if (!PLAIN_NAME.test(this.#earlyName)) return;
    try {
      this.#early = this.start(this.#earlyName);
    } catch {
      // See above.
    }
  }

  /** The process id of the early calf; null when there is none, or it has been handed over. */
  get earlyPid(): number | null {
    return this.#early?.pid ?? null;
  }

  /**
   * Starts the spawner, unless it runs: it keeps the privileges of that moment. With `--spawner` it is
   * another one, and has others.
   *
   * @throws {ErrnoError | ExitError} when the kernel refuses it, or nobody listens
   */
  prepare(): Spawner {
    const path = this.#spawnerPath;
    return this.#spawner ??= path === null ? Spawner.start() : Spawner.connect(path);
  }

  /**
   * Starts the calf of an interface, or hands over, once, the one that runs already.
   *
   * @throws {ErrnoError | ExitError | SpawnerGoneError} and nothing is left running
   */
  start(interfaceName: string): CalfProcess {
    if (this.#early !== null && interfaceName === this.#earlyName) {
      const calf = this.#early;
      this.#early = null;
      return calf;
    }
    return CalfProcess.start(this.prepare(), interfaceName);
  }

  /** Ends the early calf if nobody has taken it. */
  settle(): void {
    this.#early?.endAndClose();
    this.#early = null;
  }

  /** Ends the spawner too. */
  close(): void {
    this.settle();
    this.#spawner?.close();
    this.#spawner = null;
  }
}
