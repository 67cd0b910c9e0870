/** A round button with two states. Its name says what it does now, so it needs no aria-pressed beside it. */
import { Icon, type IconName } from './Icon';

type ToggleButtonProps = {
  icon: IconName;
  label: string;
  look?: 'plain' | 'off' | 'active';
  testId: string;
  badge?: number;
  expanded?: boolean;
  onClick: () => void;
};

export function ToggleButton({ icon, label, look = 'plain', testId, badge = 0, expanded, onClick }: ToggleButtonProps) {
  return (
    <button
      type="button"
      className={`round round-${look}`}
      aria-label={badge > 0 ? `${label} (${badge} new)` : label}
      aria-expanded={expanded}
      title={label}
      data-testid={testId}
      data-look={look}
      onClick={onClick}
    >
      <Icon name={icon} size={22} />
      {badge > 0 && <span className="badge">{badge > 9 ? '9+' : badge}</span>}
    </button>
  );
}
