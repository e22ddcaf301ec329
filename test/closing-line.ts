import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with one line for machines: `41 passed, 0 failed, 2 skipped`. */
export default class ClosingLine implements Reporter {
  private failedOutsideTests = 0;
  private modules: ReadonlyArray<TestModule> = [];

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    this.modules = modules;
    this.failedOutsideTests = unhandledErrors.length;
    // The default reporter prints its summary in the same event; this line comes after it.
    process.once('exit', () => console.log(this.line()));
  }

  private line(): string {
    const count = { passed: 0, failed: this.failedOutsideTests, skipped: 0 };
    for (const module of this.modules) {
      // A file that cannot be loaded has no test to carry its error.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state] += 1;
      }
    }
    const line = `${count.passed} passed, ${count.failed} failed`;
    return count.skipped === 0 ? line : `${line}, ${count.skipped} skipped`;
  }
}
