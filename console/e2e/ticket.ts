import type { Page } from '@playwright/test';
import { everybodyIsKnown, expect } from './desk';
import type { Rota } from './rota';

const CONTEXT = JSON.stringify({
  order: 1042,
  paid: true,
  items: [
    { sku: 'KRT-M-BLU', name: 'Kurta, blue, M', quantity: 1 },
    { sku: 'DPT-01', name: 'Dupatta', quantity: 2 },
  ],
  ship: { city: 'Pune', track: 'https://track.example/AB12345' },
  note: 'Arrived torn at the seam. <b>Please call</b> before noon.',
});

/** Tickets of one customer, the last by WhatsApp and with a context. @returns its number. */
export async function crowd(rota: Rota): Promise<number> {
  await rota.ticket('Refund for order 77');
  await rota.ticket('Change the delivery address');
  return rota.ticket('', {
    channel: 'WHATSAPP',
    brandPhoneNumber: '+917827486670',
    customerPhoneNumber: '+918095495490',
    context: CONTEXT,
    taskTitle: undefined,
  });
}

/** Opens a ticket's page, and waits for it to take the keys. */
export async function open(page: Page, id: number) {
  await page.goto(`/t/${id}`);
  await expect(page.getByRole('article')).toBeFocused();
  await expect(page.getByRole('toolbar', { name: 'Ticket' })).toBeVisible();
  await everybodyIsKnown(page);
}

/** Writes a note that mentions a colleague, and has what the customer said recorded. */
export async function noticed(page: Page) {
  await page.keyboard.press('n');
  await page.keyboard.type('Called, no answer. @Ko');
  await expect(page.getByRole('listbox', { name: 'Colleagues' })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.type('can you try again?');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'noted')).toHaveCount(1);
  await page.getByRole('radio', { name: 'From the customer' }).check();
  await page.getByRole('textbox', { name: 'From the customer' }).fill('Where is my refund?');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'wrote')).toHaveCount(1);
}

/** What was said that way, as the timeline has it once the server has it. */
export function said(page: Page, how: 'noted' | 'wrote' | 'answered') {
  const entries = page.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
  return entries
    .filter({ hasText: how })
    .filter({ hasNotText: /sending|is sent once/ })
    .filter({ has: page.locator('time') });
}
