// Asks the test to be the person: each line out is a question, each line in its answer.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function ask(question) {
  process.stdout.write(`${JSON.stringify(question)}\n`)
  return JSON.parse((await lines.next()).value)
}

/** Sends a person to an address, who allows everything; where they come out. */
export const visit = async (url) => new URL((await ask({ visit: String(url) })).location)

/** Lets a person type the code of a device. */
export const type = (userCode) => ask({ type: userCode })

/** Says what was tried, and lets the test end. */
export async function finish(tried) {
  process.stdout.write(`${JSON.stringify({ tried })}\n`)
  process.exit(0)
}

export function expect(condition, what) {
  if (!condition) throw new Error(`not as expected: ${what}`)
}

export async function refused(promise, error) {
  const reason = await promise.then(() => undefined, (failure) => failure)
  expect(reason !== undefined, `a refusal, ${error}`)
  expect((reason.error ?? reason.cause?.error) === error, `${error}, but got ${reason.error ?? reason}`)
}
