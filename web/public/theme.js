// Runs before the first paint, so that what was chosen never flashes something else.
for (const key of ['theme', 'density', 'contrast']) {
  const value = localStorage.getItem(`homepulse.${key}`);
  if (value !== null) document.documentElement.dataset[key] = value;
}
if (matchMedia('(prefers-contrast: more)').matches) document.documentElement.dataset.contrast = 'more';
