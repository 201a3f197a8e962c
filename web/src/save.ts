// What leaves the page as a file.
import { h } from './dom';

/** A file for the reader. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  h<HTMLAnchorElement>('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
