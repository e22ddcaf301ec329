/** A long step in the terminal: what, how many, how fast, how long. */
export interface Progress {
  /** Reports on the step under way; a new `step` ends the one before. */
  report(step: string, count?: number): void;
  /** A step that is already over; its time is what passed since the step before. */
  done(step: string, count?: number): void;
  /** Ends the last step. */
  end(): void;
}

const redrawMs = 200;

/** Writes one line per step; on a terminal the current one is redrawn in place. */
export function startProgress(output: NodeJS.WriteStream = process.stdout): Progress {
  let current: { step: string; count: number; started: number } | null = null;
  let drawn = 0;
  let idleSince = performance.now();

  const line = () => {
    if (current === null) return '';
    const seconds = (performance.now() - current.started) / 1_000;
    const count = current.count > 0 ? current.count.toLocaleString('en') : '';
    const rate =
      current.count > 0 && seconds >= 0.1
        ? `${Math.round(current.count / seconds).toLocaleString('en')}/s`
        : '';
    return `  ${current.step.padEnd(40)} ${count.padStart(12)} ${rate.padStart(12)} ${seconds.toFixed(1).padStart(7)} s`;
  };
  const end = () => {
    if (current === null) return;
    output.write(output.isTTY ? `\r${line()}\n` : `${line()}\n`);
    current = null;
    idleSince = performance.now();
  };
  return {
    done: (step, count = 0) => {
      end();
      current = { step, count, started: idleSince };
      end();
    },
    report: (step, count = 0) => {
      if (current?.step !== step) {
        end();
        current = { step, count, started: performance.now() };
      } else current.count = Math.max(current.count, count);
      const now = performance.now();
      if (output.isTTY && now - drawn > redrawMs) {
        output.write(`\r${line()}`);
        drawn = now;
      }
    },
    end,
  };
}
