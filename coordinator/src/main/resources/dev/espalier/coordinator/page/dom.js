/** An element with attributes (on...: listeners) and children; text stays text. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter(child => child !== null));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A row of bins, one unit wide each, as dark as their shares. */
export function strip(shares) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${Math.max(1, shares.length)} 1`);
  svg.setAttribute('preserveAspectRatio', 'none');
  const width = shares.length > 40 ? 1 : 0.9;
  shares.forEach((share, i) => {
    const rect = document.createElementNS(SVG, 'rect');
    rect.setAttribute('x', i);
    rect.setAttribute('width', width);
    rect.setAttribute('opacity', (0.07 + 0.93 * share ** 1.6).toFixed(2));
    svg.append(rect);
  });
  return svg;
}

export const byId = id => document.getElementById(id);
