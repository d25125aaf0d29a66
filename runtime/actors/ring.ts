/** A first-in first-out queue on an array that only exists while something is in it worth keeping. */

const SMALLEST = 8;
/** An emptied queue above this many slots gives its memory back: an idle actor must stay small. */
const KEEP = 64;

export class Ring<T> {
  size = 0;
  private head = 0;
  private slots: (T | undefined)[] | undefined = undefined;

  push(item: T): void {
    let slots = this.slots;
    if (slots === undefined) slots = this.slots = new Array<T | undefined>(SMALLEST).fill(undefined);
    else if (this.size === slots.length) slots = this.grow(slots);
    slots[(this.head + this.size) & (slots.length - 1)] = item;
    this.size++;
  }

  /** The oldest item. Check `size` first: an item may itself be undefined. */
  shift(): T | undefined {
    const slots = this.slots;
    if (this.size === 0 || slots === undefined) return undefined;
    const item = slots[this.head];
    slots[this.head] = undefined;
    this.head = (this.head + 1) & (slots.length - 1);
    this.size--;
    if (this.size === 0 && slots.length > KEEP) {
      this.slots = undefined;
      this.head = 0;
    }
    return item;
  }

  private grow(full: (T | undefined)[]): (T | undefined)[] {
    const slots = new Array<T | undefined>(full.length * 2).fill(undefined);
    for (let at = 0; at < full.length; at++) slots[at] = full[(this.head + at) & (full.length - 1)];
    this.head = 0;
    this.slots = slots;
    return slots;
  }
}
