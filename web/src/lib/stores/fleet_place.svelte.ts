// Where the fleet is: with the filter, order and group that it was last looked at with, in this tab.
import { fleetWords } from '../fleet/fleet_words';

const kKey = 'fettle.fleet';

class FleetPlace {
  private words = $state(sessionStorage.getItem(kKey) ?? '');
  href = $derived(`/fleet${this.words}`);

  /** The fleet is on the screen with this query. */
  note(query: URLSearchParams): void {
    this.words = fleetWords(query);
    sessionStorage.setItem(kKey, this.words);
  }
}

export const fleetPlace = new FleetPlace();
