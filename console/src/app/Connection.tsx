import { useEffect, useState } from 'react';
import { useIsLive } from '../live/Live';
import css from './shell.module.css';

/** How long the stream may be away before it is said, in milliseconds: most gaps are over sooner. */
const PATIENCE = 3_000;

/** Says that what is shown may be old. It lies over the page, so that nothing moves when it comes and goes. */
export function Connection() {
  const isLive = useIsLive();
  const [told, setTold] = useState(false);
  useEffect(() => {
    if (isLive !== false) return setTold(false);
    const timer = setTimeout(() => setTold(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [isLive]);
  return (
    <div role="status" className={css.connection}>
      {told && <span>Not connected. You can go on; what you do is sent once the server is back.</span>}
    </div>
  );
}
