/** Which camera and which microphone. */
import type { LocalMedia } from '../media/useLocalMedia';
import type { DeviceKind } from '../media/problems';

type DevicePickerProps = { media: LocalMedia; onPick: (kind: DeviceKind, deviceId: string) => void };

const ROWS = [
  { kind: 'video', list: 'videoinput', label: 'Camera' },
  { kind: 'audio', list: 'audioinput', label: 'Microphone' },
] as const;

export function DevicePicker({ media, onPick }: DevicePickerProps) {
  return (
    <div className="device-picker">
      {ROWS.map(({ kind, list, label }) => {
        const devices = media.devices.filter((device) => device.kind === list);
        const current = media[kind]?.getSettings().deviceId ?? '';
        return (
          <label key={kind} className="field">
            <span className="field-label">{label}</span>
            <select
              className="input"
              value={current}
              disabled={devices.length === 0}
              data-testid={`pick-${kind}`}
              onChange={(event) => onPick(kind, event.target.value)}
            >
              {devices.length === 0 && <option value="">None available</option>}
              {devices.length > 0 && current === '' && <option value="">Choose one</option>}
              {devices.map((device, index) => (
                <option key={device.deviceId} value={device.deviceId}>
                  {device.label || `${label} ${index + 1}`}
                </option>
              ))}
            </select>
          </label>
        );
      })}
    </div>
  );
}
