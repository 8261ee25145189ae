import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTitle } from '../app/title';
import { SignInForm } from './SignInForm';
import css from './session.module.css';

const route = getRouteApi('/s/$storeId');

/** `/s/{storeId}`. */
export default function SignIn() {
  const { storeId } = route.useParams();
  const { to } = route.useSearch();
  const router = useRouter();
  useTitle('Sign in');
  return (
    <main className={css.page}>
      <div className={css.panel}>
        <h1>Sign in</h1>
        <p className={css.hint}>No password yet, or a lost one? An admin sends you an invitation.</p>
        <SignInForm storeId={storeId} onDone={() => router.history.push(to ?? '/inbox')} />
      </div>
    </main>
  );
}
