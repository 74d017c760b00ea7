import { expect, test as base, type TestUser } from './fixtures.ts';
import { PushService, type Subscription } from './push-service.ts';

/** With a push service on this machine, whose address the server counts as public. */
export const test = base.extend<{ service: PushService }>({
  service: async ({}, use) => {
    const service = await PushService.start();
    await use(service);
    await service.stop();
    expect(service.faults, 'requests to the push service').toEqual([]);
  },
  settings: async ({ service }, use) => use(service.settings),
});

/** A user at a page that is no app: its requests have an origin, and nothing is looked at. */
export async function asleep(user: TestUser): Promise<TestUser> {
  await user.page.goto('/robots.txt');
  return user;
}

/** Lets a user's browser receive notifications. */
export async function subscribe(service: PushService, user: TestUser): Promise<Subscription> {
  const { key } = (await user.call('GET', '/api/push')) as { key: string };
  service.key = key;
  const subscription = service.subscribe();
  await user.call('POST', '/api/push', subscription.toJSON());
  return subscription;
}

/** Returns the direct room with another user. */
export const direct = async (user: TestUser, other: string) =>
  ((await user.call('POST', '/api/direct', { users: [other] })) as { id: string }).id;

/**
 * Waits until the service has taken these texts, and no others. Several nodes may send two of them
 * in any order.
 */
export async function texts(at: Subscription, expected: string[]): Promise<void> {
  await expect
    .poll(() => [...at.texts].sort(), { message: 'pushed', timeout: 20_000 })
    .toEqual([...expected].sort());
}
