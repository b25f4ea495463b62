import {h, render} from './dom.js';
import {time} from './format.js';

const MOST = 200;

/** The latest events in words, the newest on top. */
export class EventLog {
  constructor(place) {
    this.place = place;
    this.number = 0;
    this.clear();
  }

  add(at, words, bad = false) {
    this.entries.unshift(h(
      'li', {key: this.number++, class: bad ? 'bad' : null}, h('time', {dateTime: at}, time(at)), words));
    this.entries.length = Math.min(MOST, this.entries.length);
    this.draw();
  }

  clear() {
    this.entries = [];
    this.draw();
  }

  draw() {
    render(this.entries.length > 0 ? [...this.entries] : [h('li', {key: 'none', class: 'empty'}, 'none yet')], this.place);
  }
}
