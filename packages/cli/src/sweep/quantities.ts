/** `77 812` */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');

/** `1 run`, `20 runs` */
export const counted = (count: number, what: string): string =>
  `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;

/** `2 stories` */
export const stories = (count: number): string => `${grouped(count)} ${count === 1 ? 'story' : 'stories'}`;

/** Wall time: `0:07`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const all = Math.round(milliseconds / 1000);
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A share with what matters of it: `93 %`, `4.2 %`, `0.031 %`, `0 %`. Never 0 or 100 for what is not quite so. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value >= 99.5) return `${Math.min(99.99, Number(value.toFixed(2)))} %`;
  return value >= 10 ? `${value.toFixed(0)} %` : `${Number(value.toPrecision(2))} %`;
}
