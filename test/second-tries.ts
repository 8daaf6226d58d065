// Says at the end of a run which tests passed only on their second try, so that a shaky test is seen and mended.
import type { Reporter, TestModule } from 'vitest/node'

/** A vitest reporter: one line per test that failed first and passed then. */
export class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const shaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky).map((test) => test.fullName),
    )
    for (const name of shaky) console.log(`SHAKY  passed on the second try only: ${name}`)
  }
}
