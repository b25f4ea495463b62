export const percent = share => `${(100 * share).toFixed(1)} %`;

/** Such as 853.6 k or 1.44 M. */
export function count(number) {
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]]) {
    if (number >= size) return `${Number((number / size).toPrecision(4))} ${unit}`;
  }
  return String(Math.round(number));
}

/** Such as 1 h 02 m, 4 m 10 s or 7 s. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = number => String(number).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole % 3600 / 60))} m`;
  return whole >= 60 ? `${Math.floor(whole / 60)} m ${two(whole % 60)} s` : `${whole} s`;
}

export const time = iso => new Date(iso).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', second: '2-digit'});

export const dateTime = iso => new Date(iso).toLocaleString([], {dateStyle: 'medium', timeStyle: 'short'});

export const teacher = word => /^\d+$/.test(String(word)) ? `${word} %` : String(word);

/** Such as 1.2e-4. */
export const rate = number => number.toPrecision(2).replace(/^0\.000\d+$/, () => number.toExponential(1));

/** Such as 14.2 KiB or 1.44 GiB. */
export function size(bytes) {
  for (const [unit, one] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]]) {
    if (bytes >= one) return `${(bytes / one).toPrecision(3)} ${unit}`;
  }
  return `${bytes} B`;
}
