// Waits for a condition, not for a time: asks again until the answer is truthy or the deadline has passed.
export async function eventually(what, ask, timeoutMs = 15_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}
