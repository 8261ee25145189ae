import './styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { paintScheme } from './theme';

paintScheme();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
