import { api } from '../../lib/api/endpoints';
import { clock } from '../../lib/stores/clock.svelte';
import { session } from '../../lib/stores/session.svelte';
import { TokenShelf } from './token_shelf';

/** Of whoever is signed in. */
export const unusedTokens = new TokenShelf(
  (environmentId) => api.createEnrolmentToken(environmentId ? { environment_id: environmentId } : {}),
  (id) => api.enrolmentState(id),
  () => clock.now,
);
session.onLost(() => unusedTokens.clear());
