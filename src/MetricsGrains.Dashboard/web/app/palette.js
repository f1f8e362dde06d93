// Colours of lines. Hues after Okabe and Ito, which people with colour-blindness tell apart, each set at a lightness that its theme's
// background leaves at 3:1 or better. After one round the line's dashes tell the rounds apart.

const DARK = ['#56b4e9', '#e69f00', '#2fc79b', '#f0e442', '#e58ac4', '#ff7a45', '#9aa8ff', '#c8ccd4', '#b8d962', '#d8a48f'];
const LIGHT = ['#0072b2', '#b86e00', '#00805c', '#8a7a00', '#b3508c', '#c74400', '#4c5bd4', '#5a6270', '#5c7d00', '#8c5340'];
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 6]];

export const isDark = () => document.documentElement.dataset.theme !== 'light';

export function strokeOf(index) {
  const colours = isDark() ? DARK : LIGHT;
  return { stroke: colours[index % colours.length], dash: DASHES[Math.floor(index / colours.length) % DASHES.length] };
}

export const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
