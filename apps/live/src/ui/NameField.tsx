/** The name that others see. */
type NameFieldProps = { value: string; onChange: (name: string) => void; autoFocus?: boolean };

export function NameField({ value, onChange, autoFocus = false }: NameFieldProps) {
  return (
    <label className="field">
      <span className="field-label">Your name</span>
      <input
        className="input"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="Ana Ruiz"
        autoComplete="name"
        maxLength={60}
        required
        autoFocus={autoFocus}
        data-testid="name"
      />
    </label>
  );
}
