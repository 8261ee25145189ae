import { expect, it } from 'vitest';
import { mailLink, whatsAppLink } from './links';

it('opens a chat with the text', () => {
  expect(whatsAppLink('+91 80954-95490', 'Hi & bye\n₹5')).toBe(
    'https://wa.me/918095495490?text=Hi%20%26%20bye%0A%E2%82%B95',
  );
  expect(whatsAppLink(null, 'Hi')).toBeNull();
});

it('opens a mail with the text, and lets no address add anything to it', () => {
  expect(mailLink('asha@example.com', 'Refund #7', 'Hi,\nbye')).toBe(
    'mailto:asha@example.com?subject=Refund%20%237&body=Hi%2C%0D%0Abye',
  );
  expect(mailLink('a?bcc=x@example.com', '', '')).toBe('mailto:a%3Fbcc%3Dx@example.com?subject=&body=');
  expect(mailLink(null, '', '')).toBeNull();
});
