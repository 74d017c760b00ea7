import type { Reporter, Suite } from '@playwright/test/reporter';

/** Prints one line at the end with the numbers of passed, failed and skipped tests. */
export default class Summary implements Reporter {
  private suite?: Suite;

  onBegin(_config: unknown, suite: Suite) {
    this.suite = suite;
  }

  onEnd() {
    const outcomes = this.suite?.allTests().map((test) => test.outcome()) ?? [];
    const count = (...wanted: string[]) =>
      outcomes.filter((outcome) => wanted.includes(outcome)).length;
    console.log(
      `${count('expected')} passed, ${count('unexpected', 'flaky')} failed, ` +
        `${count('skipped')} skipped`,
    );
  }
}
