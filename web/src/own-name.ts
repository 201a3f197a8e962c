// The name of whoever works here, typed once and remembered by the browser: users are not there yet.
const KEPT_AS = 'vigia-name'; // the one that the alarms are worked on with
export const NAME_LENGTH = 100; // as the store has them
let name: string | null = null;

export function ownName(): string {
  if (name === null) {
    try {
      name = localStorage.getItem(KEPT_AS) ?? '';
    } catch {
      name = '';
    }
  }
  return name;
}

/** While it is typed: not to be kept yet. */
export function typeName(typed: string): void {
  name = typed;
}

export function rename(typed: string): void {
  name = typed;
  try {
    localStorage.setItem(KEPT_AS, typed);
  } catch {
    // it is typed again next time
  }
}
