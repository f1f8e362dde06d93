// <mg-time ms="…">: a moment as the reader's clock has it. An element of its own, so that it is right from its first paint on.

import { formatTime } from './format.js';

class LocalTime extends HTMLElement {
  static observedAttributes = ['ms'];

  attributeChangedCallback(_, __, ms) {
    this.textContent = ms ? formatTime(Number(ms), true, true) : '';
  }
}

customElements.define('mg-time', LocalTime);
