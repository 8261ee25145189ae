import { useDirectory } from '../api/useDirectory';
import { type Base, conditionsIn, type Given, withoutCondition } from './filter';
import css from './filters.module.css';
import { conditionWords, groupOf } from './words';

interface Props {
  view: Base;
  given: Given;
  onChange: (given: Given) => void;
}

/** The conditions of the list, each of which can be taken off. */
export function Chips({ view, given, onChange }: Props) {
  const directory = useDirectory();
  const conditions = conditionsIn(view, given);
  if (conditions.length === 0) return null;
  return (
    <ul className={css.chips} aria-label="Filters">
      {conditions.map((condition) => (
        <li key={`${condition.name} ${condition.value}`} className={css.chip}>
          <span className={css.chipGroup}>{groupOf(condition)}</span>
          <span className={css.chipValue}>{conditionWords(condition, directory)}</span>
          <button
            type="button"
            aria-label={`Remove filter: ${groupOf(condition)} ${conditionWords(condition, directory)}`}
            onClick={() => onChange(withoutCondition(view, given, condition))}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
