// Tokens that were made and not used: the dialog that is opened again shows the same command. The server keeps only their hashes, so
// they are kept here, in memory, for as long as the page is open.
import type { EnrolmentToken } from '../../lib/api/types';

/** With less time left than this a command is made anew: someone has to carry it to a machine. */
export const kEnoughMs = 5 * 60_000;

export class TokenShelf {
  private readonly tokens = new Map<string, EnrolmentToken>();

  constructor(
    private readonly make: (environmentId: string) => Promise<EnrolmentToken>,
    /** As the server knows it now. */
    private readonly look: (id: string) => Promise<EnrolmentToken>,
    private readonly now: () => number,
  ) {}

  async take(environmentId: string): Promise<EnrolmentToken> {
    const known = this.tokens.get(environmentId);
    if (known && Date.parse(known.expires_at) - this.now() >= kEnoughMs && (await this.isWaiting(known))) return known;
    const made = await this.make(environmentId);
    this.tokens.set(environmentId, made);
    return made;
  }

  forget(token: EnrolmentToken): void {
    for (const [environmentId, one] of this.tokens) if (one.id === token.id) this.tokens.delete(environmentId);
  }

  clear(): void {
    this.tokens.clear();
  }

  private async isWaiting(token: EnrolmentToken): Promise<boolean> {
    return this.look(token.id).then((now) => now.state === 'waiting', () => false);
  }
}
