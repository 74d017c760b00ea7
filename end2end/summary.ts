import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, Suite } from '@playwright/test/reporter';

/** Prints a line for each failed test, then one with the numbers of tests. */
export default class Summary implements Reporter {
  private suite?: Suite;

  onBegin(_config: unknown, suite: Suite) {
    this.suite = suite;
  }

  onEnd() {
    const tests = this.suite?.allTests() ?? [];
    for (const test of tests.filter((test) => ['unexpected', 'flaky'].includes(test.outcome()))) {
      const [, project, , ...title] = test.titlePath();
      const place = `${path.basename(test.location.file)}:${test.location.line}`;
      const cause = stripVTControlCharacters(test.results.at(-1)?.error?.message ?? '');
      console.log(
        `failed: [${project}] ${place} ${title.join(' › ')}: ${cause.split('\n', 4).join(' ')}`,
      );
    }
    const outcomes = tests.map((test) => test.outcome());
    const count = (...wanted: string[]) =>
      outcomes.filter((outcome) => wanted.includes(outcome)).length;
    console.log(
      `${count('expected')} passed, ${count('unexpected', 'flaky')} failed, ` +
        `${count('skipped')} skipped`,
    );
  }
}
