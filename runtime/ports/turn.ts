/** Calls back when everything that is due in this turn of the event loop has run: timers, and what sockets have brought. */
export const afterTurn = (callback: () => void): void => void setImmediate(callback);
