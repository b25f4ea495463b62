import {h} from './dom.js';
import {time} from './format.js';

const MOST = 200;

/** The latest events in words, the newest on top. */
export class EventLog {
  constructor(place) {
    this.place = place;
    this.clear();
  }

  add(at, words, bad = false) {
    if (this.place.querySelector('.empty')) this.place.replaceChildren();
    this.place.prepend(h('li', {class: bad ? 'bad' : null}, h('time', {datetime: at}, time(at)), words));
    while (this.place.children.length > MOST) this.place.lastChild.remove();
  }

  clear() {
    this.place.replaceChildren(h('li', {class: 'empty'}, 'none yet'));
  }
}
