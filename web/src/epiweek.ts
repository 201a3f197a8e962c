// Epidemiological weeks. MMWR weeks begin on Sunday (PAHO and the Americas), ISO weeks on Monday; week 1 is the one
// that holds at least four days of January in both.
import { DAY } from './i18n';

export type WeekSystem = 'mmwr' | 'iso';

const AMERICAS = new Set(('AG AI AR AW BB BL BM BO BQ BR BS BZ CA CL CO CR CU CW DM DO EC FK GD GF GL GP GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE PM ' +
  'PR PY SR SV SX TC TT US UY VC VE VG VI XV').split(' '));

/** Which system a dataset uses: its weekly dates say so; else its country's habit. */
export function weekSystem(country: string | null, weeklyDay?: number): WeekSystem {
  if (weeklyDay !== undefined) {
    return weekday(weeklyDay) === 0 ? 'mmwr' : 'iso';
  }
  return country === null || country === '' || AMERICAS.has(country) ? 'mmwr' : 'iso';
}

function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
}

/** Year and week of a day. The week belongs to the year of its fourth day. */
export function epiweek(day: number, system: WeekSystem): { year: number; week: number } {
  const back = system === 'mmwr' ? weekday(day) : (weekday(day) + 6) % 7;
  const fourth = day - back + 3;
  const year = new Date(fourth * DAY).getUTCFullYear();
  const newYear = Math.round(Date.UTC(year, 0, 1) / DAY);
  return { year, week: Math.floor((fourth - newYear) / 7) + 1 };
}
