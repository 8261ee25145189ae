import { useTitle } from '../app/title';
import css from './session.module.css';

/** `/`, where this browser has never been signed in and the server has several stores. */
export default function NoStore() {
  useTitle('Which store?');
  return (
    <main className={css.page}>
      <div className={css.panel}>
        <h1>Rota</h1>
        <p className={css.hint}>
          Open your store's sign-in address. It ends in <code>/s/</code> and the store's id; whoever invited
          you has it.
        </p>
      </div>
    </main>
  );
}
