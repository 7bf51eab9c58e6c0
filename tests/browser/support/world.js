// What most tests begin with: a server that is set up, someone signed in, and as many agents as wanted.
import assert from 'node:assert/strict';
import { openBrowser, openPage } from './browser.js';
import { eventually } from './eventually.js';
import { Server } from './program.js';

export const person = { name: 'ada', password: 'a long enough password' };

/** What a tab says of itself, for a test that fails. */
async function tellOf(page) {
  const own = page.evaluate(async () => ({
    visibility: document.visibilityState, stream: document.querySelector('.stream')?.outerHTML ?? document.body.innerText.slice(0, 200),
    locks: await navigator.locks?.query(),
  }));
  const silent = new Promise((resolve) => setTimeout(() => resolve('answers nothing'), 3_000));
  return JSON.stringify([page.url(), page.complaints, [...page.asked], page.lost.slice(-8), await Promise.race([own, silent]).catch(String)]);
}

export class World {
  static async open({ agents = 0, view = { width: 1440, height: 900 }, settings, path, listen } = {}) {
    const world = new World();
    try {
      const server = new Server(settings, path);
      if (listen) server.listen = listen;
      world.server = await server.start();
      world.browser = await openBrowser();
      world.context = await world.browser.newContext({ viewport: view, colorScheme: 'light', ignoreHTTPSErrors: true });
      world.page = await openPage(world.context);
      await world.setUp();
      await Promise.all(Array.from({ length: agents }, () => world.addHost()));
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get url() {
    return this.server.url;
  }

  async setUp() {
    const token = new URLSearchParams(new URL(this.server.setupUrl).hash.slice(1)).get('token');
    const answer = await this.call('POST', '/setup', { token, ...person });
    assert.equal(answer.status, 201);
  }

  /** A person who came by an invitation: the id, and what a context of that person's own browser begins with. */
  async join(name, roles, password = 'seven brown otters swim') {
    const invited = await this.call('POST', '/people', { name, roles });
    assert.equal(invited.status, 201);
    const context = await this.browser.newContext();
    const answer = await context.request.fetch(`${this.url}/api/v1/invitation/acceptance`, {
      method: 'POST', data: { token: invited.body.token, password }, headers: { Origin: this.url }, failOnStatusCode: false,
    });
    assert.equal(answer.status(), 201);
    const state = await context.storageState();
    await context.close();
    return { id: invited.body.person.id, state };
  }

  /** The API with this browser's cookie, from outside a page. */
  call(method, path, body) {
    return this.context.request
      .fetch(`${this.url}/api/v1${path}`, { method, data: body, headers: { Origin: new URL(this.url).origin }, failOnStatusCode: false })
      .then(async (response) => ({ status: response.status(), body: response.status() === 204 ? null : await response.json() }));
  }

  /** Enrols this machine once more, starts its agent, and waits until the server has numbers of it. */
  async addHost(name, environmentId, ...agentArguments) {
    const token = await this.call('POST', '/enrolment-tokens', {
      ...(name ? { name } : {}), ...(environmentId ? { environment_id: environmentId } : {}),
    });
    assert.equal(token.status, 201);
    const data = await this.server.enroll(this.url, token.body.token);
    const agent = this.server.startAgent(data, ...agentArguments);
    const state = await this.call('GET', `/enrolment-tokens/${token.body.id}`);
    const host = await eventually('the host is online with numbers', async () => {
      const answer = await this.call('GET', `/hosts/${state.body.host_id}`);
      return answer.body.state === 'online' && answer.body.summary?.cpu_percent != null && answer.body;
    }, 30_000);
    return (this.host = { id: host.id, name: host.name, agent, data });
  }

  async open(path, page = this.page) {
    await page.goto(this.url + path);
    await page.locator('.stream[data-phase=live]').waitFor().catch(async (fault) => {
      // One tab reads the stream for all: what went wrong may stand in another.
      throw new Error(`${path} is not live: ${fault.message}\n${(await Promise.all(page.context().pages().map(tellOf))).join('\n')}`);
    });
    await this.assertStyled(page);
  }

  /** A page whose stylesheet does not come fails here, by its name, and not somewhere later for being ugly. */
  async assertStyled(page) {
    // One of a part that is loaded when needed may be on its way.
    const missing = () => page.evaluate(() => [...document.querySelectorAll('link[rel=stylesheet]')].filter((one) => !one.sheet).map((one) => one.href));
    await eventually('every stylesheet is there', async () => (await missing()).length === 0, 10_000).catch(() => {});
    assert.deepEqual([await missing(), page.complaints], [[], page.complaints], 'a stylesheet did not come');
  }

  assertQuiet(page = this.page) {
    assert.deepEqual(page.complaints, []);
  }

  async close() {
    await this.browser?.close();
    await this.server?.stop();
  }
}
