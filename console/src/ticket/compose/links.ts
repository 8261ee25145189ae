/** The address that opens a WhatsApp chat with this text typed (wa.me takes digits only); `null` without a number. */
export function whatsAppLink(phone: string | null, text: string): string | null {
  const digits = phone?.replace(/\D/g, '');
  return digits ? `https://wa.me/${digits}?text=${encodeURIComponent(text)}` : null;
}

/** The address that opens a mail to the customer (RFC 6068: lines end in CRLF); `null` without an address. */
export function mailLink(email: string | null, subject: string, text: string): string | null {
  if (!email) return null;
  const body = encodeURIComponent(text.replace(/\r?\n/g, '\r\n'));
  return `mailto:${encodeURIComponent(email).replace('%40', '@')}?subject=${encodeURIComponent(subject)}&body=${body}`;
}
