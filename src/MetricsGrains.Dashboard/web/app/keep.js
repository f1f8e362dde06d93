// What this browser keeps for its user: their name, the theme. A browser may forbid it (private windows, site data blocked, a full disk), and
// then throws at every access; nothing here is worth failing for: it is asked for again, or is as the system has it.

export function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* see above */ }
}

/** Null: not kept. */
export function recall(key) {
  try { return localStorage.getItem(key); } catch { /* see above */ return null; }
}
