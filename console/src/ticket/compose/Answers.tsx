import type { WholeTicket } from '../../api/queries';
import css from './compose.module.css';
import { mailLink, whatsAppLink } from './links';

interface Props {
  whole: Pick<WholeTicket, 'ticket' | 'customer'>;
  text: string;
  /** Records the answer. */
  onAnswer: () => void;
}

/** The ways to answer: in WhatsApp or by mail, where the text is sent by hand, or one that was given elsewhere. */
export function Answers({ whole: { ticket, customer }, text, onAnswer }: Props) {
  const { channel, customerAddress: address, title, id } = ticket;
  const phone = channel === 'whatsapp' ? address : customer.phone;
  const email = channel === 'email' ? address : customer.email;
  const ways = [
    { channel: 'whatsapp', name: 'Answer in WhatsApp', href: whatsAppLink(phone, text) },
    {
      channel: 'email',
      name: 'Answer by mail',
      href: mailLink(email, `${title ?? 'Your request'} (#${id})`, text),
    },
  ].filter(({ href }) => href !== null);
  const isLinked = ways.some((way) => way.channel === channel);
  // After the browser has followed the link: recording empties the text that it is made of.
  const answer = () => setTimeout(onAnswer);

  const record = (
    <button
      type="submit"
      data-primary={isLinked ? undefined : true}
      className={isLinked ? css.other : css.send}
      disabled={!text}
    >
      Record an answer
    </button>
  );
  // What is meant first stands last, where every way of writing has its button.
  const inOrder = ways.toSorted((one) => (one.channel === channel ? 1 : -1));
  return (
    <>
      {isLinked && record}
      {inOrder.map(({ channel: of, name, href }) => (
        <a
          key={of}
          className={of === channel ? css.send : css.other}
          data-primary={of === channel || undefined}
          aria-disabled={!text || undefined}
          href={text && href ? href : undefined}
          target="_blank"
          rel="noopener noreferrer"
          onClick={() => text && answer()}
          onAuxClick={(event) => event.button === 1 && text && answer()}
        >
          {name}
        </a>
      ))}
      {!isLinked && record}
    </>
  );
}
