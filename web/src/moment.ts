// Times of day, which only parts that are opened later show.
import { dateFormat, NOTHING } from './i18n';

/** A time as the reader's clock has it. */
export function moment(text: string | null | undefined): string {
  if (!text) {
    return NOTHING;
  }
  const at = Date.parse(text.length > 10 ? text : `${text}T00:00:00Z`);
  return Number.isFinite(at) ? dateFormat({ dateStyle: 'medium', ...(text.length > 10 ? { timeStyle: 'short', timeZone: undefined } : {}) }).format(at) : text;
}
